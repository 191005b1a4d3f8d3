-- ANA-22: how many calls fewer there would be if the five commonest reasons for handing on found their way by themselves.
SELECT sum(n) AS avoidable, share(sum(n), (SELECT count(*) FROM contact WHERE is_call(channel))) AS percent_of_calls
FROM (SELECT count(*) AS n FROM contact WHERE kind = 'call_transferred' AND is_call(channel)
  GROUP BY destination, reason ORDER BY n DESC LIMIT 5)
