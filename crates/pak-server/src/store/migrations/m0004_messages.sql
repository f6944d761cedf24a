-- Messages: webhooks out and in, telemetry, mail.
-- {id} is written as each database writes it; times are milliseconds of UTC.

CREATE TABLE webhooks (
    id {id},
    project_id BIGINT REFERENCES projects(id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    events TEXT NOT NULL DEFAULT '[]',
    sealed_secret TEXT NOT NULL,
    sealed_previous TEXT,
    previous_until BIGINT,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    description TEXT NOT NULL DEFAULT '',
    created_by BIGINT REFERENCES users(id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhooks_project_id ON webhooks (project_id);

CREATE TABLE webhook_deliveries (
    id {id},
    webhook_id BIGINT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    deployment_id BIGINT REFERENCES deployments(id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_until BIGINT,
    last_status BIGINT,
    last_error TEXT,
    last_answer TEXT,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX webhook_deliveries_status_next_at ON webhook_deliveries (status, next_at);
CREATE INDEX webhook_deliveries_webhook_id_id ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_deployment_id_webhook_id_id ON webhook_deliveries (deployment_id, webhook_id, id);

CREATE TABLE webhook_sources (
    id {id},
    name TEXT NOT NULL UNIQUE,
    sealed_secret TEXT NOT NULL,
    created_by BIGINT REFERENCES users(id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT
);

CREATE TABLE seen_messages (
    digest TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX seen_messages_at ON seen_messages (at);

CREATE TABLE telemetry_events (
    id {id},
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    package TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL DEFAULT '',
    platform TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT 'api',
    project_id BIGINT REFERENCES projects(id) ON DELETE SET NULL,
    user_id BIGINT REFERENCES users(id) ON DELETE SET NULL,
    metadata TEXT
);
CREATE INDEX telemetry_events_at ON telemetry_events (at);
CREATE INDEX telemetry_events_project_id_at ON telemetry_events (project_id, at);
CREATE INDEX telemetry_events_user_id_project_id_at ON telemetry_events (user_id, project_id, at);

CREATE TABLE telemetry_rollups (
    span BIGINT NOT NULL,
    start BIGINT NOT NULL,
    scope BIGINT NOT NULL,
    event TEXT NOT NULL,
    platform TEXT NOT NULL,
    package TEXT NOT NULL,
    source TEXT NOT NULL,
    count BIGINT NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    timed BIGINT NOT NULL,
    bytes DOUBLE PRECISION NOT NULL,
    sized BIGINT NOT NULL,
    PRIMARY KEY (span, start, scope, event, platform, package, source)
);
CREATE INDEX telemetry_rollups_scope_span_start ON telemetry_rollups (scope, span, start);

CREATE TABLE mails (
    id {id},
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX mails_sent_at_next_at ON mails (sent_at, next_at);
