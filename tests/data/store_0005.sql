-- What version 0005 of the store was, with one event in each state that a crash can leave.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE alias (
	subject TEXT NOT NULL,
	ordering_key TEXT NOT NULL,
	PRIMARY KEY (subject)
);
CREATE TABLE creation (
	subject TEXT NOT NULL,
	began DOUBLE NOT NULL,
	made TEXT, finished DOUBLE, place TEXT, words TEXT,
	PRIMARY KEY (subject)
);
CREATE TABLE event (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id TEXT NOT NULL,
	settings_name TEXT NOT NULL,
	direction TEXT NOT NULL,
	ordering_key TEXT NOT NULL,
	subject_type TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	params TEXT NOT NULL,
	payload TEXT NOT NULL,
	source TEXT NOT NULL,
	signed BOOLEAN NOT NULL,
	lane TEXT NOT NULL,
	occurred_at DOUBLE,
	received_at DOUBLE NOT NULL,
	state TEXT NOT NULL,
	runs INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	not_before DOUBLE,
	failing_since DOUBLE,
	reason TEXT,
	detail TEXT,
	trace TEXT,
	handler TEXT,
	shotgun_calls INTEGER NOT NULL,
	jira_calls INTEGER NOT NULL,
	milliseconds INTEGER NOT NULL,
	merged_into BIGINT,
	done_at DOUBLE, awaits TEXT,
	CONSTRAINT event_identity UNIQUE (settings_name, direction, id)
);
INSERT INTO "event" VALUES(1,'fptr:1','default','sg2jira','Task:1','Task','1','{}','{"event_log_entry_id": 1, "meta": {"type": "attribute_change", "attribute_name": "content", "new_value": "done"}}','event-daemon',1,'live',NULL,1772366400.0,'synced',1,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,1772366400.0,NULL);
INSERT INTO "event" VALUES(2,'fptr:2','default','sg2jira','Task:1','Task','1','{}','{"event_log_entry_id": 2, "meta": {"type": "attribute_change", "attribute_name": "content", "new_value": "Dig"}}','event-daemon',1,'live',NULL,1772366400.0,'waiting',0,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL);
INSERT INTO "event" VALUES(3,'fptr:3','default','sg2jira','Task:2','Task','2','{}','{"event_log_entry_id": 3, "meta": {"type": "attribute_change", "attribute_name": "content", "new_value": "Dive"}}','event-daemon',1,'live',NULL,1772366400.0,'waiting',1,1,1.7723664015612370968e+09,1772366400.0,'no_answer','ConnectionError: reset','ConnectionError: reset',NULL,0,0,8,NULL,NULL,NULL);
INSERT INTO "event" VALUES(4,'fptr:4','default','sg2jira','Task:3','Task','3','{}','{"event_log_entry_id": 4, "meta": {"type": "attribute_change", "attribute_name": "content", "new_value": "Swim"}}','event-daemon',1,'live',NULL,1772366400.0,'running',1,0,NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL);
CREATE TABLE fact (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (name)
);
CREATE TABLE file_copy (
	source TEXT NOT NULL,
	place TEXT NOT NULL,
	made TEXT NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (source, place)
);
CREATE TABLE missing_entry (
	id BIGINT NOT NULL,
	since DOUBLE NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE newest (
	record TEXT NOT NULL,
	field TEXT NOT NULL,
	source_id BIGINT NOT NULL,
	at DOUBLE NOT NULL,
	PRIMARY KEY (record, field)
);
INSERT INTO "newest" VALUES('Task:1','content',1,1772366400.0);
CREATE TABLE pace (
	target TEXT NOT NULL,
	moments TEXT NOT NULL,
	at DOUBLE NOT NULL,
	PRIMARY KEY (target)
);
CREATE TABLE reading (
	source TEXT NOT NULL,
	position BIGINT,
	reached DOUBLE,
	looked DOUBLE,
	scanned DOUBLE,
	asked DOUBLE,
	asked_scan DOUBLE,
	problem TEXT,
	PRIMARY KEY (source)
);
CREATE TABLE trouble (
	site TEXT NOT NULL,
	until DOUBLE,
	reason TEXT,
	times_open INTEGER NOT NULL,
	failing TEXT NOT NULL,
	probe TEXT,
	probe_until DOUBLE,
	probes INTEGER NOT NULL,
	spared TEXT NOT NULL,
	near_limit_until DOUBLE,
	PRIMARY KEY (site)
);
INSERT INTO "trouble" VALUES('jira',NULL,NULL,0,'["Task:2"]',NULL,NULL,0,'{}',NULL);
CREATE INDEX event_by_state ON event (state, ordering_key, seq);
CREATE INDEX event_by_key ON event (ordering_key, seq);
CREATE INDEX event_by_done ON event (done_at);
CREATE INDEX newest_by_time ON newest (at);
CREATE INDEX event_by_awaits ON event (awaits) WHERE awaits IS NOT NULL;
CREATE INDEX event_of_bulk ON event (state) WHERE lane = 'bulk';
CREATE INDEX file_copy_by_made ON file_copy (made);
CREATE INDEX alias_by_key ON alias (ordering_key);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',4);
COMMIT;
