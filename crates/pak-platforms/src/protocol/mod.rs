//! Wire protocols that several drivers share.
