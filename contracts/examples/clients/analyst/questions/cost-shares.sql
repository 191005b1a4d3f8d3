-- ANA-13: each department's part of the calls answered for it, those handed on included: the key to share costs by.
SELECT coalesce(agency, destination, '311 itself') AS whose, count(*) AS calls, share(count(*), sum(count(*)) OVER ()) AS percent
FROM contact LEFT JOIN first_assignment USING (request_id) WHERE is_call(channel)
GROUP BY whose ORDER BY calls DESC, whose
