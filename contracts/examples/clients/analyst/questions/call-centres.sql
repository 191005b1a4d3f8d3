-- ANA-21: of all requests, how many were made in a call, at 311's desk or a department's.
SELECT operator, count(*) FILTER (is_call(channel)) AS by_call,
  share(count(*) FILTER (is_call(channel)), (SELECT count(*) FROM request)) AS percent_of_all
FROM request GROUP BY operator ORDER BY operator
