CREATE TABLE capstan_events (session_id text NOT NULL, seq bigint NOT NULL, run_id text NOT NULL, at bigint NOT NULL, type text NOT NULL, json text NOT NULL, PRIMARY KEY (session_id, seq));
CREATE INDEX capstan_events_by_run ON capstan_events (run_id, seq);
CREATE TABLE capstan_schema (version bigint NOT NULL);
INSERT INTO capstan_schema VALUES (1);
INSERT INTO capstan_events VALUES ('kept', 1, 'r', 7, 'turn.started', '{"v":1,"seq":1,"at":7,"sessionId":"kept","runId":"r","type":"turn.started","turn":1}');
