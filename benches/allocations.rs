//! Counts the allocations of each work. A separate program, since counting would lengthen the times of `performance`.

#[allow(dead_code, reason = "one benchmark writes, the other reads")]
mod counts;
mod works;

use counts::Counts;

fn main() -> std::io::Result<()> {
    let mut counts = Counts::default();
    for work in works::all() {
        // The first run may allocate memory that stays, such as thread-local state.
        (work.run)();
        let info = allocation_counter::measure(|| (work.run)());
        counts.insert(&work, info.count_total);
    }
    counts.save()
}
