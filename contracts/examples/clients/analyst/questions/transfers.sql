-- ANA-06: the five desks that most calls are handed to, each with its main reason and its share of all calls.
SELECT destination, mode(reason) AS main_reason, count(*) AS transferred,
  share(count(*), (SELECT count(*) FROM contact WHERE is_call(channel))) AS percent_of_calls
FROM contact WHERE kind = 'call_transferred' AND is_call(channel)
GROUP BY destination ORDER BY transferred DESC, destination LIMIT 5
