//! One sample's tape, written down: as text, and as a circuit diagram.

use std::error::Error;
use std::fs;
use std::path::Path;

use wengert::{Recorder, Var};

use crate::data::{CLASSES, PIXELS, Sample};
use crate::model::{Classifier, Linear};

/// Records the linear model's loss on one sample, with the gradient by the parameters, and writes the tape in
/// two forms.
pub(crate) fn write(
    model: &Linear<f64>,
    sample: &Sample,
    text: &Path,
    dot: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut recorder = Recorder::new();
    let loss = recorder.record(|s| {
        let scores = s.inputs(model).scores(&sample.image.map(Var::constant));
        for (digit, score) in scores.iter().enumerate() {
            let _ = score.named(&format!("score of {digit}"));
        }
        s.output(Linear::loss(&scores, scores[sample.digit]).named("loss"))
    })?;
    recorder.reverse(loss)?;

    let (tape, state) = (recorder.tape(), recorder.workspace());
    fs::write(text, tape.dump().state(state).full().to_string())?;
    // Drawn without the weights, of which there are too many to see.
    let drawn = tape.len() - PIXELS * CLASSES;
    fs::write(dot, tape.diagram().state(state).nodes(drawn).to_string())?;
    Ok(())
}
