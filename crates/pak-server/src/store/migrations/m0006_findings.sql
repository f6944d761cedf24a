-- Findings of a scan that a person approved: the digest over exactly these.

ALTER TABLE deployments ADD COLUMN findings_approved TEXT;
