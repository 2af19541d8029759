//! The allocations of each work. This is apart from `performance`, whose times its counting would lengthen.

#[allow(dead_code, reason = "one benchmark writes, the other reads")]
mod counts;
mod works;

use counts::Counts;

fn main() -> std::io::Result<()> {
    let mut counts = Counts::default();
    for work in works::all() {
        // The first run may make what stays, such as a thread's own state.
        (work.run)();
        let info = allocation_counter::measure(|| (work.run)());
        counts.insert(&work, info.count_total);
    }
    counts.save()
}
