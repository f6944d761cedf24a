//! The Merkle tree of the emulated log (RFC 6962): its root, and the proof that a leaf is in it.

use sha2::{Digest as _, Sha256};

/// A hash of the tree.
pub(super) type Hash = [u8; 32];

/// The hash of an entry.
pub(super) fn leaf(body: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(body).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Where a tree of more than one leaf is cut in two: the largest power of two below its size.
fn cut(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

/// The root over leaves.
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(cut(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The hashes that lead from a leaf to the root, lowest first.
pub(super) fn proof(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let at = cut(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut path, other) = if index < at { (proof(left, index), right) } else { (proof(right, index - at), left) };
    path.push(root(other));
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9162, 2.1.3.2: recomputes the root from a leaf and its proof.
    fn climbs(leaf: Hash, index: usize, size: usize, proof: &[Hash]) -> Hash {
        let (mut at, mut last, mut hash) = (index, size - 1, leaf);
        for other in proof {
            if at % 2 == 1 || at == last {
                hash = node(other, &hash);
                while at % 2 == 0 && at != 0 {
                    (at, last) = (at >> 1, last >> 1);
                }
            } else {
                hash = node(&hash, other);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        hash
    }

    #[test]
    fn every_leaf_of_every_size_is_proven() {
        for size in 1..40usize {
            let leaves: Vec<Hash> = (0..size).map(|number| leaf(&number.to_be_bytes())).collect();
            for index in 0..size {
                let proof = proof(&leaves, index);
                assert_eq!(climbs(leaves[index], index, size, &proof), root(&leaves), "{index} of {size}");
            }
        }
    }
}
