CREATE TABLE events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, run_id TEXT NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (session_id, seq)) WITHOUT ROWID;
CREATE INDEX events_by_run ON events (run_id, seq);
INSERT INTO events VALUES ('kept', 1, 'r', 7, 'turn.started', '{"v":1,"seq":1,"at":7,"sessionId":"kept","runId":"r","type":"turn.started","turn":1}');
PRAGMA user_version = 1;
