-- ANA-23: how far requests of each channel came: made, assigned, closed, and opened again.
SELECT channel, count(*) AS made, count(f.request_id) AS assigned, count(c.request_id) AS closed,
  count(o.request_id) AS opened_again
FROM request r LEFT JOIN first_assignment f USING (request_id)
LEFT JOIN (SELECT DISTINCT request_id FROM closing) c USING (request_id)
LEFT JOIN (SELECT DISTINCT data->>'$.request_id' AS request_id FROM log WHERE topic = 'request.reopened') o
  USING (request_id) GROUP BY channel ORDER BY made DESC, channel
