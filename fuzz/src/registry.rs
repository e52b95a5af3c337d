//! Operations that what is loaded may call: those of the golden files, and one of each kind.

use wengert::{
    Program,
    call::{Callee, Registry},
};
use wengert_testkit::operations::{Remote, Versin, root};

/// A new one each time, so that no run depends on those before it.
pub(crate) fn registry() -> Registry {
    let innermost = Program::record(&[0.5], |x| vec![x[0].sin(), x[0] * 3.0]).expect("no branch, no call");
    let inner = Program::record(&[1.0, 2.0], |x| vec![innermost.call(&x[..1])[0] * x[1], x[0]]);
    Registry::new()
        .with_rule::<Versin, 1>()
        .with(Callee::opaque(Remote { version: 0, pure: false }))
        .with(Callee::opaque(Remote { version: 1, pure: true }))
        .with(root())
        .with(innermost.named("program", 0))
        .with(inner.expect("a call at the point of its recording").named("inner", 4))
}
