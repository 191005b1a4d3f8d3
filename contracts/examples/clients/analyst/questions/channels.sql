-- ANA-03: the share of each channel, year by year.
SELECT year, channel, requests, share(requests, sum(requests) OVER (PARTITION BY year)) AS percent
FROM (SELECT year(opened_at) AS year, channel, count(*) AS requests FROM request GROUP BY ALL)
ORDER BY year, requests DESC, channel
