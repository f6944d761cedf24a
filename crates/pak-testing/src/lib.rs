//! Test kit: temporary projects, real servers, output filters. A dev-dependency only.
