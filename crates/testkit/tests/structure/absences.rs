//! The invariants of ARCHITECTURE.md that are absences, as far as sources show them.

use std::collections::BTreeSet;
use std::fs;

use wengert::Tape;
use wengert::ops::Op;

use super::sources::{Sources, Target, crates, files, root};
use super::tokens::{Words, all, published};

/// Where words stand that should stand nowhere but in some files.
fn elsewhere(what: &str, allowed: &[&str]) -> Vec<String> {
    let places = |words: &'static Words| {
        let lines = words.lines_of(what).into_iter();
        lines.map(|line| format!("{}:{line}: {what}", words.file)).collect::<Vec<_>>()
    };
    published().filter(|words| !allowed.contains(&&*words.file)).flat_map(places).collect()
}

/// None of some words stands anywhere but in some files; each of these has one of them, or it need not be listed.
fn only_in(allowed: &[&str], what: &[&str]) {
    let found: Vec<String> = what.iter().flat_map(|what| elsewhere(what, allowed)).collect();
    assert!(found.is_empty(), "{found:#?}");
    for file in allowed {
        let words = published().find(|words| words.file == *file).unwrap_or_else(|| panic!("no file {file}"));
        assert!(what.iter().any(|what| words.has(what)), "{file} has none of {what:?}");
    }
}

/// What a module of a crate uses: files of the crate, whether by an import, a path or a method, and files of the crates below it
/// but `ops`, by imports. A module is a file or a folder at the crate's root; it may be in any crate.
fn used_by(module: &str) -> BTreeSet<String> {
    let (mut used, mut found) = (BTreeSet::new(), false);
    for name in crates() {
        let sources = Sources::of(&name);
        found |= sources.modules.iter().any(|other| is_in(module, &other.file));
        for (_, to) in sources.edges.iter().filter(|(file, _)| is_in(module, file)) {
            used.extend(to.keys().filter(|file| !is_in(module, file)).cloned());
        }
        let own = sources.modules.iter().filter(|other| is_in(module, &other.file));
        used.extend(own.flat_map(|own| &own.imports).filter_map(|import| outside(&import.path)));
    }
    assert!(found, "no module {module}");
    used
}

/// The file of another crate that an import leads to.
fn outside(import: &[String]) -> Option<String> {
    let (first, rest) = import.split_first()?;
    let name = first
        .strip_prefix("wengert_")
        .filter(|name| *name != "ops" && crates().iter().any(|other| other == name))?;
    let sources = Sources::of(name);
    let path = [&["crate".to_owned()][..], rest].concat();
    match sources.resolve(0, &path)? {
        Target::Module(at) | Target::Item((at, _), _) => Some(sources.modules[at].file.clone()),
    }
}

fn is_in(module: &str, file: &str) -> bool {
    file.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// No file of one of some modules uses one of some others.
fn none_uses(modules: &[&str], others: &[&str]) {
    for module in modules {
        let used = used_by(module);
        let found: Vec<_> =
            used.iter().filter(|file| others.iter().any(|other| is_in(other, file))).collect();
        assert!(found.is_empty(), "{module} uses {found:?}");
    }
}

/// One operation is one row: no other file names it, by its opcode, its rule type or its spelling.
#[test]
fn operations_are_named_in_the_table_alone() {
    // Overloads of operators, sums and products of slices, the rows of a matrix, and methods that traits dictate.
    let exempt = |path: &str, row: &str| {
        path == "crates/ops/src/table.rs"
            || path.starts_with("crates/ops/src/foreign/")
            || (path == "crates/ops/src/linear.rs" && matches!(row, "Sum" | "Product" | "WeightedSum"))
            || (path == "crates/tape/src/numbers/var.rs" && row == "Select")
            || (path == "crates/tape/src/session/recorded.rs" && matches!(row, "Select" | "Pull"))
    };
    let leaves_and_calls = [Op::Input, Op::Parameter, Op::Foreign, Op::Result];
    let mut seen = 0;
    for words in all() {
        let path = &*words.file;
        let named = words.pairs_and_literals();
        for op in Op::ALL.iter().filter(|op| !leaves_and_calls.contains(op)) {
            let row = format!("{op:?}");
            for name in [format!("rows::{row}"), format!("Op::{row}"), format!("\"{}\"", op.info().name)] {
                seen += 1;
                // The counting number of the tests overloads the operators too, and so do lanes, which are no user's number.
                let operators = ["testkit/src/counting.rs", "ops/src/algebra/lanes.rs"];
                let operator = operators.iter().any(|end| path.ends_with(end)) && name.starts_with("rows::");
                assert!(
                    !named.contains(&name) || exempt(path, &row) || operator,
                    "{path} names the operation {name}"
                );
            }
        }
    }
    assert!(seen > 1_000);
}

/// What a `match` tells apart, it must be told anew for each operation.
#[test]
fn two_matches_tell_operations_apart() {
    let mut found = BTreeSet::new();
    for words in all() {
        let matches = words.blocks_behind("match", "{").into_iter();
        let on_operations = matches.filter(|block| {
            // A pattern: `Op::Name` before an arrow, or before another pattern; behind `==` it is a comparison.
            (0..block.len()).any(|at| is_pattern(&block[at..]) && (at == 0 || block[at - 1].0 != "="))
        });
        found.extend(on_operations.map(|block| (words.file.clone(), block.len())));
    }
    let files: Vec<&str> = found.iter().map(|(file, _)| &**file).collect();
    // What is said of an operation, and its rule; and which list of a tape a leaf stands in, which no row changes.
    assert_eq!(files, ["crates/ops/src/visit.rs", "crates/ops/src/visit.rs", "crates/tape/src/tape.rs"]);
}

fn is_pattern(words: &[(String, usize)]) -> bool {
    let words: Vec<&str> = words.iter().take(6).map(|(word, _)| &**word).collect();
    matches!(*words, ["Op", ":", ":", "$", _, "=" | "|"] | ["Op", ":", ":", _, "=" | "|", ..])
}

#[test]
fn rows_state_no_pattern() {
    let table = all().iter().find(|words| words.file == "crates/ops/src/table.rs").unwrap();
    for what in ["Structure", "Pattern", "structure"] {
        assert!(!table.has(what), "the table says {what}");
    }
}

/// A branch in a partial is a `select`; the compiler sees to that, as long as the numbers cannot be compared.
#[test]
fn partials_have_no_branch_on_their_numbers() {
    let text = fs::read_to_string(root().join("crates/ops/src/rule.rs")).unwrap();
    let items = syn::parse_file(&text).unwrap().items;
    for (name, expected) in [
        ("Shortcuts", &["Sized"][..]),
        ("Real", &["Copy", "Debug", "Send", "Sync", "Add", "Sub", "Mul", "Div", "Neg", "Shortcuts"][..]),
    ] {
        let number = items.iter().find_map(|item| match item {
            syn::Item::Trait(item) if item.ident == name => Some(item),
            _ => None,
        });
        let number = number.unwrap_or_else(|| panic!("no trait `{name}`"));
        let above: Vec<String> = number
            .supertraits
            .iter()
            .filter_map(|bound| match bound {
                syn::TypeParamBound::Trait(bound) => {
                    bound.path.segments.last().map(|name| name.ident.to_string())
                }
                _ => None,
            })
            .collect();
        assert_eq!(above, expected, "above `{name}`");
        for item in &number.items {
            if let syn::TraitItem::Fn(method) = item {
                let gives = quote::ToTokens::to_token_stream(&method.sig.output).to_string();
                // What sweeps ask of a list, to leave out care for zeros.
                let answers = gives.contains("bool") && method.sig.ident != "all_finite";
                assert!(!answers, "`{name}::{}` answers a question", method.sig.ident);
            }
        }
    }
    let table = all().iter().find(|words| words.file == "crates/ops/src/table.rs").unwrap();
    let mut partials = 0;
    for block in table.blocks_behind("d", "[").into_iter().chain(table.blocks_behind("partials", "{")) {
        partials += 1;
        let branch = block.iter().find(|(word, _)| matches!(&**word, "if" | "match" | "while"));
        assert!(branch.is_none(), "table.rs:{}: a partial branches", branch.map_or(0, |(_, line)| *line));
    }
    assert!(partials > 60, "{partials}");
}

#[test]
fn what_operations_are_knows_nothing_of_tapes_and_stores_nothing() {
    let manifest = fs::read_to_string(root().join("crates/ops/Cargo.toml")).unwrap();
    let dependencies =
        manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    assert!(!dependencies.contains("wengert"), "{dependencies}");
    for words in all().iter().filter(|words| words.file.starts_with("crates/ops/src")) {
        for what in [
            "wengert_tape",
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "println",
            "eprintln",
            "print",
            "dbg",
        ] {
            assert!(!words.has(what), "{} has {what}", words.file);
        }
        for what in [
            "thread_local",
            "Cell",
            "RefCell",
            "OnceLock",
            "LazyLock",
            "Mutex",
            "RwLock",
            "static mut",
            "atomic",
        ] {
            assert!(!words.has(what), "{} has {what}", words.file);
        }
    }
}

#[test]
fn what_is_stored_knows_nothing_of_who_stores_it() {
    let all_of = |files: &[&str]| files.iter().map(|file| (*file).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(used_by("index"), all_of(&[]));
    assert_eq!(used_by("arena"), all_of(&["index.rs"]));
    let beside = &used_by("workspace") - &all_of(&["index.rs", "operation/work.rs"]);
    assert!(beside.is_empty(), "workspace uses {beside:?}");
    none_uses(&["tape"], &["session", "var"]);
}

/// `record → tape → sweep → workspace.adjoints → drive`; printing and parsing stand beside it.
#[test]
fn data_flows_one_way() {
    none_uses(&["tape"], &["record", "sweep"]);
    none_uses(&["session"], &["record", "sweep", "drive", "dump", "text"]);
    none_uses(&["sweep"], &["drive", "dump", "text"]);
    none_uses(&["text"], &["drive"]);
    none_uses(&["drive"], &["session", "dump", "text"]);
}

#[test]
fn the_sweeps_know_nothing_of_recording() {
    none_uses(&["sweep", "verify", "text", "dump"], &["session", "var", "record"]);
}

#[test]
fn printing_runs_nothing_and_changes_nothing() {
    none_uses(&["dump"], &["sweep", "opt", "drive"]);
    for words in all().iter().filter(|words| words.file.contains("/src/dump/")) {
        assert!(!words.has("&mut Tape") && !words.has("&mut Work"), "{} changes what it prints", words.file);
    }
}

/// The ends of the arrows, but that Newton's method is a user of programs.
#[test]
fn nothing_uses_the_drivers() {
    let known = [("newton.rs", "drive/given.rs")];
    let mut found = BTreeSet::new();
    for name in crates() {
        for (from, to) in &Sources::of(&name).edges {
            for to in to.keys() {
                let ends = ["drive", "dump", "check"];
                if ends.iter().any(|end| is_in(end, to) && !is_in(end, from)) {
                    found.insert((from.clone(), to.clone()));
                }
            }
        }
    }
    let known: BTreeSet<_> = known.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    assert_eq!(found, known);
}

#[test]
fn unsafe_stays_in_its_modules() {
    let allowed = [
        "crates/lanes/src/frame.rs",
        "crates/lanes/src/kernels.rs",
        "crates/lanes/src/vector.rs",
        "crates/program/src/sweep/columns.rs",
        "crates/program/src/sweep/forward.rs",
        "crates/program/src/sweep/many.rs",
        "crates/program/src/sweep/reverse.rs",
        "crates/tape/src/session/hot.rs",
        "crates/tape/src/session/many.rs",
        "crates/tape/src/session/rows.rs",
        "crates/tape/src/sweep/many.rs",
        "crates/tape/src/sweep/saved.rs",
        // Two methods that a foreign trait declares unsafe; nothing unsafe is done in them.
        "crates/ops/src/foreign/algebraic.rs",
    ];
    only_in(&allowed, &["unsafe"]);
    for words in all().iter().filter(|words| words.file.starts_with("crates/testkit/")) {
        assert!(!words.has("unsafe"), "{} uses unsafe", words.file);
    }
    for name in crates().iter().filter(|name| *name != "testkit") {
        let file = format!("crates/{name}/src/lib.rs");
        let words = all().iter().find(|words| words.file == file).unwrap();
        assert!(words.has("deny(unsafe_code)") || words.has("forbid(unsafe_code)"), "{file} allows unsafe");
    }
}

#[test]
fn no_choice_asks_a_clock() {
    only_in(&[], &["Instant", "SystemTime", "UNIX_EPOCH", "std::time", "core::time"]);
}

/// What is global is a number to count on, a thread's own memory, or a table that is known when compiling. The one list that
/// grows is of users' rules, by their types: nothing is found in it by a name.
#[test]
fn there_is_no_global_list_of_operations() {
    let mut found = BTreeSet::new();
    for words in published() {
        found.extend(words.statics().into_iter().map(|name| (words.file.rsplit('/').next().unwrap(), name)));
    }
    let found: Vec<String> = found.into_iter().map(|(file, name)| format!("{file}: {name}")).collect();
    let known = [
        "events.rs: GATHERED",
        "handle.rs: NUMBERS",
        "hot.rs: HOT",
        "hot.rs: NEXT",
        "hot.rs: NUMBERS",
        "hot.rs: STACK",
        "lookup.rs: CLASSES",
        "lookup.rs: SIZES",
        "memory.rs: KEPT",
        "memory.rs: LIMIT",
        "recorded.rs: UNFOLDS",
        "rule.rs: CURRENT",
        "rule.rs: KNOWN",
        "rule.rs: MET",
        "rule.rs: SPARE",
        "store.rs: COUNT",
        "visit.rs: INFO",
    ];
    assert_eq!(found, known);
    only_in(&[], &["inventory", "linkme", "distributed_slice", "ctor"]);
}

#[test]
fn nothing_hot_locks() {
    // A rule that a thread meets first; a function that threads share, and the traits of argmin on one; the memory that a thread
    // takes for a block of a batch.
    let locked = [
        "crates/tape/src/session/rule.rs",
        "crates/wengert/src/argmin.rs",
        "crates/wengert/src/batch/kept.rs",
        "crates/wengert/src/function/mod.rs",
    ];
    only_in(&locked, &["Mutex", "RwLock", "Condvar", "mpsc", "Barrier"]);
}

#[test]
fn a_tape_is_immutable_and_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Tape>();
    let mut seen = 0;
    for words in published() {
        let Ok(file) = syn::parse_file(&fs::read_to_string(root().join(&words.file)).unwrap()) else {
            continue;
        };
        for item in file.items {
            let syn::Item::Impl(of) = item else { continue };
            let is_tape = matches!(&*of.self_ty, syn::Type::Path(path) if path.path.is_ident("Tape"));
            for item in of.items.iter().filter(|_| is_tape && of.trait_.is_none()) {
                if let syn::ImplItem::Fn(method) = item
                    && matches!(method.vis, syn::Visibility::Public(_))
                    && let Some(itself) = method.sig.receiver()
                {
                    seen += 1;
                    let itself = quote::ToTokens::to_token_stream(itself).to_string();
                    assert!(
                        !itself.contains("mut"),
                        "{}: `Tape::{}` changes it",
                        words.file,
                        method.sig.ident
                    );
                }
            }
        }
    }
    assert!(seen > 10, "{seen}");
    let text = fs::read_to_string(root().join("crates/tape/src/tape.rs")).unwrap();
    let fields = syn::parse_file(&text).unwrap().items.into_iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == "Tape" => Some(item.fields),
        _ => None,
    });
    let fields = quote::ToTokens::to_token_stream(&fields.expect("the struct `Tape`")).to_string();
    for what in ["f64", "f32", "Cell", "RefCell", "Mutex", "Atomic"] {
        assert!(!fields.contains(what), "a tape has a field of {what}");
    }
}

/// A panic by design is an operator on a variable where nothing records. `unreachable!` is a bug of ours if it is reached.
#[test]
fn one_panic_is_by_design() {
    only_in(&["crates/tape/src/session/hot.rs"], &["panic!"]);
    let hot = published().find(|words| words.file == "crates/tape/src/session/hot.rs").unwrap();
    assert_eq!(hot.lines_of("panic!").len(), 1);
    only_in(&[], &["todo!", "unimplemented!", ".unwrap()", ".unwrap_err()", ".expect_err"]);
}

/// Capacity is asked for by what is there, not by what a file says.
#[test]
fn no_list_has_room_before_its_elements_are_there() {
    let reads = |file: &str| {
        file.contains("/src/text/") || file.ends_with("/src/text.rs") || file.ends_with("/save/read.rs")
    };
    let mut seen = 0;
    for words in published().filter(|words| reads(&words.file)) {
        seen += 1;
        let allowed = words.lines_of("tape.reserve(opcodes.len())").len();
        let asked = ["with_capacity", "reserve", "reserve_exact", "vec!", "resize"];
        let asked: usize = asked.iter().map(|what| words.lines_of(what).len()).sum();
        assert_eq!(asked, allowed, "{} asks for room", words.file);
    }
    assert!(seen > 3, "{seen}");
}

#[test]
fn no_number_of_an_opcode_is_written() {
    for words in
        published().filter(|words| words.file.contains("/src/save/") || words.file.contains("/src/text"))
    {
        for what in ["op as u8", "op as u16", "op as u32", "op as usize", "transmute", "Op::ALL"] {
            assert!(!words.has(what), "{}: {what}", words.file);
        }
    }
}

/// Files that are to be read for ever are those that were written once.
#[test]
fn golden_files_are_as_they_were() {
    /// Fowler, Noll and Vo's hash.
    fn hash(bytes: &[u8]) -> u64 {
        bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
    }
    let mut found = Vec::new();
    let mut open = vec![root().join("crates")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.parent().is_some_and(|folder| folder.ends_with("golden")) {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                found.push((name, hash(&fs::read(path).unwrap())));
            }
        }
    }
    found.sort();
    let found: Vec<_> = found.iter().map(|(name, hash)| (&**name, *hash)).collect();
    assert_eq!(
        found,
        [
            ("v1-rows.txt", 4_911_346_316_830_755_508),
            ("v1-rows.wengert", 9_135_334_840_525_010_827),
            ("v1.txt", 2_489_330_665_082_925_369),
            ("v1.wengert", 11_933_158_335_349_361_097),
            ("v2.txt", 489_684_383_832_998_869),
            ("v2.wengert", 10_558_300_877_219_488_865),
        ]
    );
}

/// Examples are written as users write them: with the one crate that they depend on.
#[test]
fn examples_import_the_one_crate() {
    let mut examples = 0;
    for (path, text) in files("crates") {
        let mut inside = false;
        for line in text.lines() {
            let comment = line.trim_start().strip_prefix("//").and_then(|rest| rest.strip_prefix(['/', '!']));
            let Some(text) = comment else {
                inside = false;
                continue;
            };
            if text.trim_start().starts_with("```") {
                inside = !inside;
                examples += usize::from(inside);
            }
            let internal = ["wengert_tape::", "wengert_ops::", "wengert_program::"];
            assert!(!(inside && internal.iter().any(|name| text.contains(name))), "{path}: {text}");
        }
    }
    assert!(examples > 100, "{examples} examples");
}
