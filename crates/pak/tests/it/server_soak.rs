//! A hundred releases one after the other, each a version of its own: all of them arrive, and memory stays what it was. The long
//! one is `scripts/soak`.

use std::time::Duration;

use crate::server::{Instance, PROJECT, deploy_version, ended, project, upload};

const RELEASES: usize = 100;

#[test]
fn a_hundred_releases_leave_nothing_behind() {
    let instance = Instance::start();
    let ada = instance.person("Ada");
    project(&ada, "my-package", PROJECT);
    let mut memory = Vec::new();
    for release in 0..RELEASES {
        let version = format!("2.0.{release}");
        upload(&ada, "my-package", &PROJECT.replace("1.2.3", &version));
        let id = deploy_version(&ada, "my-package", "sandbox", &version);
        let detail = ended(&ada, &id, Duration::from_mins(2));
        assert_eq!(detail["status"], "success", "{detail}");
        memory.extend(instance.served.memory());
    }
    let folders = std::fs::read_dir(instance.served.data().join("work")).map(Iterator::count).unwrap_or_default();
    assert!(folders <= 1, "{folders} folders of work are left");
    // The first third fills caches.
    if let [Some(early), Some(late)] = [memory.get(RELEASES / 3), memory.last()] {
        assert!(*late < early + early / 4 + (8 << 20), "memory grows: {} to {} MiB", early >> 20, late >> 20);
    }
}
