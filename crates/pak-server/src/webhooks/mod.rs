//! Webhooks: signed, queued and delivered outwards; verified and stored inwards.
