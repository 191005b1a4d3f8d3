-- ANA-23: the way of the request that was opened first, event by event; put another id in its place.
SELECT strftime(time, '%Y-%m-%d %H:%M') AS moment, topic, data->>'$.agency' AS agency FROM log
WHERE data->>'$.request_id' = (SELECT arg_min(request_id, opened_at) FROM request)
ORDER BY time, topic, log_offset
