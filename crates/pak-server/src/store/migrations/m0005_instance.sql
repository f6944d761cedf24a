-- The instance: audit log, settings, shared limits.
-- {id} is written as each database writes it; times are milliseconds of UTC.

CREATE TABLE audit_log (
    id {id},
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    project_id BIGINT,
    details TEXT NOT NULL,
    request_id TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_log_project_id_id ON audit_log (project_id, id);
CREATE INDEX audit_log_actor_id_id ON audit_log (actor_id, id);

CREATE TABLE audit_heads (
    day TEXT NOT NULL PRIMARY KEY,
    entry_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    signature TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by BIGINT REFERENCES users(id) ON DELETE SET NULL
);

CREATE TABLE rate_windows (
    subject TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (subject, window_start)
);
CREATE INDEX rate_windows_window_start ON rate_windows (window_start);
