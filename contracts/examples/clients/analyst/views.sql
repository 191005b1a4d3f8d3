-- What most questions are about, as tables over the log. An erased request is told of twice: the first counts.
CREATE VIEW request AS
SELECT data->>'$.request_id' AS request_id, data->>'$.about.service_code' AS service_code,
  data->>'$.about.channel' AS channel, data->>'$.operator' AS operator, data->>'$.customer_type' AS customer_type,
  (data->>'$.about.opened_at')::TIMESTAMPTZ AS opened_at, data->'$.place.area' AS area
FROM (SELECT data, row_number() OVER (PARTITION BY data->>'$.request_id' ORDER BY (data->>'$.sequence')::INTEGER) AS place
  FROM log WHERE topic = 'request.created') WHERE place = 1;
CREATE VIEW assignment AS
SELECT data->>'$.request_id' AS request_id, data->>'$.agency' AS agency, data->>'$.cause' AS cause,
  (data->>'$.assigned_at')::TIMESTAMPTZ AS assigned_at, (data->>'$.sequence')::INTEGER AS sequence
FROM log WHERE topic = 'request.assigned';
CREATE VIEW first_assignment AS
SELECT request_id, arg_min(agency, sequence) AS agency, min(assigned_at) AS assigned_at FROM assignment GROUP BY request_id;
CREATE VIEW closing AS
SELECT data->>'$.request_id' AS request_id, (data->>'$.closed_at')::TIMESTAMPTZ AS closed_at,
  data->>'$.disposition' AS disposition FROM log WHERE topic = 'request.closed';
CREATE VIEW contact AS
SELECT DISTINCT ON (data->>'$.contact_id') data->>'$.contact_id' AS contact_id, time AS moment, data->>'$.kind' AS kind,
  data->>'$.channel' AS channel, data->>'$.operator' AS operator, data->>'$.destination' AS destination,
  data->>'$.reason' AS reason, data->>'$.request_id' AS request_id, data->>'$.article_id' AS article_id,
  (data->>'$.resolved')::BOOLEAN AS resolved, (data->>'$.wait_seconds')::DOUBLE AS wait_seconds
FROM log WHERE topic = 'contact.recorded';
-- Every way in which somebody turned to the city: a request that a contact made is counted with the contact.
CREATE VIEW reached AS
SELECT moment, channel, operator, kind FROM contact
UNION ALL SELECT opened_at, channel, operator, 'request' FROM request
WHERE request_id NOT IN (SELECT request_id FROM contact WHERE request_id IS NOT NULL AND kind = 'request_made');
CREATE MACRO is_self_service(channel) AS channel IN ('web', 'app');
CREATE MACRO is_call(channel) AS channel IN ('phone', 'ivr', 'voicemail');
CREATE MACRO share(part, whole) AS round(100.0 * part / nullif(whole, 0), 1);
