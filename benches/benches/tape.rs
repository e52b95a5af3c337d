//! Each problem as plain `f64` code, recorded, swept, and both: throughput in scalar operations.
//!
//! Short on purpose, some three minutes in all. For the numbers of record see the binary `report`.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use wengert_benches::Phase;
use wengert_benches::catalogue::{each, entries};

fn tape(c: &mut Criterion) {
    for entries in entries(each).chunk_by(|a, b| a.group == b.group) {
        let mut group = c.benchmark_group(entries[0].group);
        group
            .sample_size(20)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_millis(1500))
            .sampling_mode(SamplingMode::Flat);
        for entry in entries {
            let mut workload = (entry.make)();
            group.throughput(Throughput::Elements(workload.operations() as u64));
            for phase in Phase::ALL {
                let id = BenchmarkId::new(phase.name(), entry.size);
                group.bench_function(id, |b| b.iter(|| workload.run(phase)));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, tape);
criterion_main!(benches);
