//! The conversation: replies as the protocol has them, and an answer to whatever comes.

mod common;

use common::{Tool, input, with};
use serde_json::{Value, json};

#[test]
fn a_session() {
    let mut tool = Tool::start(&["--one-shot"]);
    let start = json!({"id": 0, "kind": "start", "eval": "gmm", "config": {"min": 1}});
    assert_eq!(tool.ask(&start), json!({"id": 0, "tool": "wengert"}));
    for (id, module) in ["hello", "gmm", "lstm", "ba", "ht"].iter().enumerate() {
        let define = json!({"id": id, "kind": "define", "module": module});
        assert_eq!(tool.ask(&define), json!({"id": id, "success": true}));
    }
    let reply = tool.ask(&json!({"id": 1, "kind": "define", "module": "kmeans"}));
    assert_eq!(reply["success"], false);
    assert_eq!(reply["error"], "module `kmeans` is not supported; supported are hello, gmm, lstm, ba, ht");
    let reply = tool.evaluate("hello", "square", &json!(3));
    assert_eq!((&reply["id"], &reply["success"], &reply["output"]), (&json!(9), &json!(true), &json!(9.0)));
    for kind in ["analysis", "a kind of next year"] {
        assert_eq!(tool.ask(&json!({"id": 4, "kind": kind, "of": 3, "valid": true})), json!({"id": 4}));
    }
    tool.end();
}

#[test]
fn runs_are_repeated_and_timed() {
    let mut tool = Tool::start(&[]);
    let evaluations = |reply: &Value| -> (usize, u64) {
        let timings = reply["timings"].as_array().expect("timings");
        assert_eq!(timings[0]["name"], "prepare");
        assert!(timings[1..].iter().all(|timing| timing["name"] == "evaluate"));
        (timings.len() - 1, timings[1..].iter().map(|t| t["nanoseconds"].as_u64().expect("an integer")).sum())
    };
    for function in ["objective", "jacobian"] {
        let input = with(input("gmm"), "/min_runs", json!(7));
        assert_eq!(evaluations(&tool.evaluate("gmm", function, &input)).0, 7);
        let input = with(input, "/min_seconds", json!(0.03));
        let (runs, nanoseconds) = evaluations(&tool.evaluate("gmm", function, &input));
        assert!(runs >= 7 && nanoseconds >= 30_000_000);
    }
    tool.end();
}

#[test]
fn lines_that_are_no_messages() {
    let mut tool = Tool::start(&[]);
    let deep = format!("{{\"id\":12,\"kind\":\"evaluate\",\"input\":{}", "[".repeat(100_000));
    let cases: [(&[u8], Value); 14] = [
        (b"", Value::Null),
        (b"hello", Value::Null),
        (b"[1, \"start\"]", Value::Null),
        (b"\"start\"", Value::Null),
        (b"{\"kind\":\"start\"", Value::Null),
        (b"{\"id\":5}", json!(5)),
        (b"{\"id\":6,\"kind\":\"eval", json!(6)),
        (b"{\"id\":7,\"kind\":7}", json!(7)),
        (b"{\"id\":8,\"kind\":\"start\"} {}", json!(8)),
        (b"{\"id\":9,\"kind\":\"\xff\"}", json!(9)),
        (b"{\"id\":10,\"kind\":\"evaluate\"}", json!(10)),
        (
            b"{\"id\":\"eleven\",\"kind\":\"evaluate\",\"module\":\"hello\",\"function\":\"square\"}",
            json!("eleven"),
        ),
        (deep.as_bytes(), json!(12)),
        (b"{\"id\":13,\"kind\":\"define\",\"module\":null}", json!(13)),
    ];
    for (line, id) in cases {
        let reply = tool.ask_line(line);
        let text = String::from_utf8_lossy(&line[..line.len().min(80)]);
        assert_eq!((&reply["id"], &reply["success"]), (&id, &json!(false)), "{text}");
        assert!(reply["error"].as_str().is_some_and(|error| error.len() > 10), "{text}: {reply}");
    }
    assert_eq!(tool.output("hello", "square", &json!(2)), json!(4.0));
    tool.end();
}

#[test]
fn inputs_that_do_not_fit() {
    let mut tool = Tool::start(&[]);
    let row = json!([1.0]);
    let cases = [
        ("gmm", "/x/1", row.clone(), "`input.x[1]` has 1 elements, expected 2"),
        ("gmm", "/x/1/0", json!("1"), "`input.x[1][0]`: invalid type: string \"1\""),
        ("gmm", "/n", json!(4), "`input.x` has 3 elements, expected 4"),
        ("gmm", "/d", json!(0), "`input.d` is 0, expected at least 1"),
        ("gmm", "/d", json!(3_000_000_000_000_u64), "`input.x[0]` has 2 elements, expected 3000000000000"),
        ("gmm", "/k", json!(-1), "`input.k`: invalid value: integer `-1`"),
        ("gmm", "/l/0", json!([]), "`input.l[0]` has 0 elements, expected 1"),
        ("gmm", "/gamma", json!(-1), "`input.gamma` is -1, expected above 0"),
        ("gmm", "/q/0/0", json!(800), "is infinite or not a number"),
        ("gmm", "/alpha/1", Value::Null, "`input.alpha[1]`: invalid type: null"),
        ("gmm", "/min_runs", json!(0.5), "`input.min_runs`: invalid type"),
        ("lstm", "/main_params", json!([[1.0]]), "`the number of rows of input.main_params` is 1"),
        ("lstm", "/extra_params/1", row.clone(), "`input.extra_params[1]` has 1 elements, expected 7"),
        ("lstm", "/state", json!([]), "`input.state` has 0 elements, expected 2"),
        ("lstm", "/sequence", json!([[0, 0, 0, 0, 0, 0, 0]]), "expected at least 2"),
        ("ba", "/p", json!(0), "`input.p` is 0, expected at least 1"),
        ("ba", "/m", json!(1_u64 << 60), "`input.m` is 1152921504606846976, expected at least 1 and below"),
        ("ba", "/cam", row.clone(), "`input.cam`: invalid length 1, expected an array of length 11"),
        // The point is the camera.
        (
            "ba",
            "/x",
            input("ba")["cam"].as_array().map(|cam| json!(cam[3..6])).expect("an array"),
            "is infinite or not a number",
        ),
        ("ht_simple", "/theta", row.clone(), "`input.theta` has 1 elements, expected 26"),
        ("ht_simple", "/data/correspondences/7", json!(544), "`input.data.correspondences[7]` is 544"),
        (
            "ht_simple",
            "/data/model/parents/4",
            json!(4),
            "`input.data.model.parents[4]` is 4, expected an earlier",
        ),
        ("ht_simple", "/data/model/parents/4", json!(-2), "`input.data.model.parents[4]` is -2"),
        (
            "ht_simple",
            "/data/model/weights/3",
            row,
            "`input.data.model.weights[3]` has 1 elements, expected 22",
        ),
        ("ht_simple", "/data/points", json!([]), "`input.data.points` has 0 elements, expected 100"),
        ("ht_complicated", "/us/99", json!([1, 2, 3]), "`input.us[99]`: trailing characters"),
        ("ht_complicated", "/us", json!([[1, 2]]), "`input.us` has 1 elements, expected 100"),
        ("ht_complicated", "/data/correspondences/7", json!(1084), "`input.data.correspondences[7]` is 1084"),
        (
            "ht_complicated",
            "/data/model/triangles/5/2",
            json!(544),
            "`input.data.model.triangles[5][2]` is 544",
        ),
    ];
    for (name, pointer, value, expected) in cases {
        let module = name.split('_').next().expect("a part");
        let input = with(input(name), pointer, value);
        for function in ["objective", "jacobian"] {
            let reply = tool.evaluate(module, function, &input);
            assert_eq!(
                (&reply["id"], &reply["success"]),
                (&json!(9), &json!(false)),
                "{name}{pointer}: {expected}"
            );
            let error = reply["error"].as_str().expect("an error");
            assert!(error.contains(expected), "{name}{pointer}: {error}");
        }
    }
    for (function, x) in [("square", json!(1e200)), ("double", json!([1])), ("triple", json!(1))] {
        assert_eq!(tool.evaluate("hello", function, &x)["success"], false);
    }
    let overflow =
        b"{\"id\":1,\"kind\":\"evaluate\",\"module\":\"hello\",\"function\":\"square\",\"input\":1e999}";
    assert_eq!(tool.ask_line(overflow)["success"], false);
    tool.end();
}

/// As long as the suite's longest, and longer.
#[test]
fn a_line_of_fifty_megabytes() {
    let mut tool = Tool::start(&[]);
    let mut input = input("lstm");
    let plain = tool.output("lstm", "jacobian", &input);
    input["padding"] = Value::String("x".repeat(50_000_000));
    assert_eq!(tool.output("lstm", "jacobian", &input), plain);
    tool.end();
}
