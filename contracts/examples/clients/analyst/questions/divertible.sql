-- ANA-05: routine requests that departments' own call centres take, which 311 could. Needs --services.
SELECT agency, count(*) AS divertible, share(count(*), sum(count(*)) OVER ()) AS percent
FROM request JOIN first_assignment USING (request_id) JOIN service ON service.code = service_code
WHERE operator = 'own_department' AND is_call(channel) AND handling = 'routine'
GROUP BY agency ORDER BY divertible DESC, agency
