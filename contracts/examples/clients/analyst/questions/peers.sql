-- ANA-11: this city's row beside others, year by year; its population is for whoever compares to add.
SELECT year(moment) AS year, count(*) FILTER (is_call(channel)) AS calls,
  count(*) FILTER (kind IN ('request', 'request_made') AND is_call(channel)) AS requests_by_call,
  count(*) FILTER (kind IN ('request', 'request_made') AND channel = 'web') AS by_website,
  count(*) FILTER (kind IN ('request', 'request_made') AND channel = 'app') AS by_app
FROM reached GROUP BY year ORDER BY year
