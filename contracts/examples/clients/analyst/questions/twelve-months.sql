-- ANA-10: all who turned to the city in the twelve months before the newest of them, by app, website and call centre.
SELECT CASE WHEN is_call(channel) THEN 'call centre' ELSE channel END AS way, count(*) AS contacts
FROM reached WHERE moment > (SELECT max(moment) FROM reached) - INTERVAL 12 MONTH GROUP BY way ORDER BY contacts DESC, way
