//! Carries deployments out: claims a row, checks the source out, runs the engine, records what happened.
