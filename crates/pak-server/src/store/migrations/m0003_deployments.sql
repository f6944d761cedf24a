-- Deployments: the rows that are the truth, their events, files and approvals.
-- {id} is written as each database writes it; times are milliseconds of UTC.

CREATE TABLE deployments (
    id {id},
    project_id BIGINT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    environment TEXT NOT NULL,
    version TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    action TEXT NOT NULL DEFAULT 'release',
    platforms TEXT,
    requested_by BIGINT REFERENCES users(id) ON DELETE SET NULL,
    requested_via TEXT NOT NULL,
    retry_of BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    approvals_needed BIGINT NOT NULL DEFAULT 0,
    source TEXT,
    run_id TEXT,
    plan_digest TEXT,
    summary TEXT,
    error_code TEXT,
    error_message TEXT,
    error_next TEXT,
    cancel_requested_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    idempotency_key TEXT
);
CREATE INDEX deployments_project_id_id ON deployments (project_id, id);
CREATE INDEX deployments_status_lease_until ON deployments (status, lease_until);
CREATE INDEX deployments_created_at ON deployments (created_at);
CREATE UNIQUE INDEX deployments_project_id_idempotency_key ON deployments (project_id, idempotency_key);

CREATE TABLE deployment_events (
    id {id},
    deployment_id BIGINT NOT NULL REFERENCES deployments(id) ON DELETE CASCADE,
    run_seq BIGINT,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX deployment_events_deployment_id_id ON deployment_events (deployment_id, id);
CREATE UNIQUE INDEX deployment_events_deployment_id_run_seq ON deployment_events (deployment_id, run_seq);

CREATE TABLE deployment_files (
    id {id},
    deployment_id BIGINT NOT NULL REFERENCES deployments(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    location TEXT NOT NULL,
    UNIQUE (deployment_id, path)
);

CREATE TABLE approvals (
    deployment_id BIGINT NOT NULL REFERENCES deployments(id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    decision TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    at BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, user_id)
);

CREATE TABLE packages (
    id {id},
    project_id BIGINT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    deployment_id BIGINT REFERENCES deployments(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    ecosystem TEXT NOT NULL,
    file TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    location TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX packages_project_id_id ON packages (project_id, id);

CREATE TABLE platform_health (
    platform TEXT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL,
    reachable BOOLEAN NOT NULL,
    milliseconds BIGINT NOT NULL,
    message TEXT NOT NULL
);
