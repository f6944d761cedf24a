//! The orders on cases of their own, and the laws that every order keeps.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{Order, compare};

const ORDERS: &[Order] = &[
    Order::SemVer,
    Order::SemVerWithBuild,
    Order::Pep440,
    Order::Maven,
    Order::RubyGems,
    Order::NuGet,
    Order::Packagist,
    Order::Numbers,
    Order::Debian,
    Order::Alpine,
    Order::Rpm,
];

/// Versions as people write them, each smaller than the next; a second word in a line is equal to the first.
fn ascending(ecosystem: &str, versions: &[&str]) {
    for (index, one) in versions.iter().enumerate() {
        for (other_index, other) in versions.iter().enumerate() {
            for (one, other) in one.split(' ').zip(other.split(' ').cycle().take(9)) {
                assert_eq!(
                    compare(ecosystem, one, other),
                    Some(index.cmp(&other_index)),
                    "{ecosystem}: {one} against {other}"
                );
            }
        }
    }
}

#[test]
fn every_ecosystem_keeps_its_own_order() {
    let pseudo = "0.0.0-20210513164829-c07d793c2f9a";
    ascending("npm", &["word", "0.0.1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0 v1.0.0+x"]);
    ascending(
        "Go",
        &["0.0.0-20190101000000-aaaaaaaaaaaa", pseudo, "0.0.1", "1.2.4-0.20200101000000-abcdefabcdef", "1.2.4"],
    );
    ascending("Go", &["v1.9.9", "v2.0.0 v2.0.0+incompatible", "2.0.1+incompatible"]);
    ascending("Pub", &["1.0.0-a", "1.0.0", "1.0.0+1", "1.0.0+2", "1.0.1"]);
    ascending(
        "PyPI",
        &[
            "legacy-version",
            "1.0.dev1",
            "1.0a1.dev1",
            "1.0a1 1.0.alpha-1",
            "1.0b2",
            "1.0rc1 1.0c1",
            "1.0 1 v1.0.0",
            "1.0+1",
        ],
    );
    ascending("PyPI", &["1.0", "1.0.post1 1.0-1", "1.1", "99999999999999999999999999", "1!0.1"]);
    ascending(
        "Maven",
        &["1-alpha-1 1a1", "1-b2", "1-m3", "1-rc1 1-cr1", "1-SNAPSHOT", "1 1.0 1.ga", "1-sp", "1-x", "1-1", "1.1"],
    );
    ascending("RubyGems", &["1.0.a", "1.0.b1", "1.0.pre", "1 1.0 1.0.0", "1.0.1"]);
    ascending("NuGet", &["1.0.0-BETA 1.0-beta", "1.0.0-beta2", "1 1.0.0.0 1.0+x", "1.0.0.1"]);
    ascending("Packagist", &["1.0-dev", "1.0a1", "1.0b1", "1.0RC1 1.0rc1", "1.0", "1.0.0", "1.0pl1"]);
    ascending("CRAN", &["0.9", "0.75", "1.0 1-0", "1.0.0"]);
    ascending(
        "Debian:12",
        &["1.0~rc1", "1.0 0:1.0-0", "1.0-1~deb12u1", "1.0-1", "1.0-1+deb12u1", "1.0a", "1.0+b", "1:0.1"],
    );
    ascending("Alpine:v3.20", &["1.0_alpha", "1.0_rc1", "1.0 1.0-r0", "1.0-r1", "1.0_p1", "1.0a", "1.0.1", "1.1"]);
    ascending(
        "Red Hat:enterprise_linux:9",
        &["1.0~rc1-1", "1.0", "1.0-1", "1.0-1.el9", "1.0^git1-1", "1.0.1-1", "1:0.1"],
    );
    assert_eq!(compare("Mars", "1", "2"), None);
}

#[test]
fn composer_fills_versions_up_before_it_compares() {
    let order = |one, other| Order::Packagist.compare_in_range(one, other);
    assert_eq!(order("1.0", "1.0.0"), Ordering::Equal);
    assert_eq!(order("v1.2-BETA1", "1.2.0.0-beta1"), Ordering::Equal);
    assert_eq!(order("1.2-patch1", "1.2"), Ordering::Greater);
    assert_eq!(order("2.3.x-dev", "2.3.42"), Ordering::Greater);
    assert_eq!(order("2.3.x-dev", "2.4.0-alpha1"), Ordering::Less);
    assert!(!Order::Packagist.understands("dev-main") && Order::Packagist.understands("1.0.x-dev"));
}

fn written() -> impl Strategy<Value = String> {
    "v?([0-9]{1,2}:)?[0-9]{1,2}(\\.[0-9]{1,2}){0,3}([-._+~]?(alpha|beta|rc|a|b|dev|post|p|pre|SNAPSHOT|final|x|r)[-.]?[0-9]{0,2}){0,2}(-r?[0-9]{1,2})?(\\+[a-z0-9]{1,3})?"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_place(one in any::<String>(), other in any::<String>()) {
        for order in ORDERS {
            prop_assert_eq!(order.compare(&one, &one), Ordering::Equal);
            prop_assert_eq!(order.compare(&one, &other), order.compare(&other, &one).reverse(), "{:?}", order);
            order.understands(&one);
        }
    }

    #[test]
    fn what_people_write_is_ordered_without_circles(one in written(), other in written(), third in written()) {
        for order in ORDERS {
            let mut versions = [one.as_str(), other.as_str(), third.as_str()];
            versions.sort_by(|one, other| order.compare(one, other));
            let [low, middle, high] = versions;
            prop_assert!(order.compare(low, high).is_le(), "{:?}: {} {} {}", order, low, middle, high);
            prop_assert!(order.compare(low, middle).is_le() && order.compare(middle, high).is_le(), "{:?}: {} {} {}", order, low, middle, high);
            prop_assert_eq!(order.compare(low, middle), order.compare(middle, low).reverse());
        }
    }
}
