//! One flipped bit, anywhere in the file or its signature, is noticed.

/// How many flips are tried, spread over the file; less where the curve's arithmetic is slow without optimisation.
fn samples(name: &str) -> usize {
    if name.contains("nistp") || name.contains("ecdsa") { 24 } else { 200 }
}

/// Flips single bits: every bit of very short files.
pub(crate) fn all_fail(name: &str, bytes: &[u8], is_verified: impl Fn(&[u8]) -> bool) {
    some_fail(name, bytes, |_| true, is_verified);
}

/// The same for those positions that are signed at all.
pub(crate) fn some_fail(name: &str, bytes: &[u8], signed: impl Fn(usize) -> bool, is_verified: impl Fn(&[u8]) -> bool) {
    assert!(is_verified(bytes), "{name} does not verify as it is");
    let bits = bytes.len() * 8;
    // Not a multiple of 8, so that each of a byte's bits has its turn.
    let step = (bits / samples(name)).max(1) | 1;
    let passed: Vec<_> = (0..bits)
        .step_by(step)
        .filter(|bit| signed(bit / 8))
        .filter(|bit| {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            is_verified(&flipped)
        })
        .collect();
    let shown: Vec<_> = passed.iter().map(|bit| (bit / 8, bit % 8, char::from(bytes[bit / 8]))).collect();
    assert!(passed.is_empty(), "{name}: flips that were not noticed: {shown:?}");
}
