-- ANA-18: of what was routed, how much another agency had to take over, and after how many hours, month by month.
SELECT strftime(date_trunc('month', f.assigned_at), '%Y-%m') AS month, count(*) AS routed, count(moved) AS moved,
  share(count(moved), count(*)) AS percent, round(median(epoch(moved - f.assigned_at) / 3600), 1) AS hours
FROM first_assignment f LEFT JOIN (SELECT request_id, min(assigned_at) AS moved FROM assignment
  WHERE cause = 'referral' GROUP BY request_id) USING (request_id) GROUP BY month ORDER BY month
