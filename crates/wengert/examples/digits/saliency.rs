//! What a model looks at: the gradient by the image, where training takes it by the parameters.

use wengert::{GradientError, Parameters, Var, gradient};

use crate::data::{Image, Sample};
use crate::model::{Classifier, margin, rival};

/// Which ink makes a model read an image as the digit that it is.
pub(crate) struct Saliency {
    /// `∂margin/∂pixel`: how much ink there speaks for the digit and against its rival.
    pub(crate) by_pixel: Image<f64>,
    /// The digit that it is most nearly taken for.
    pub(crate) rival: usize,
}

/// The gradient of the margin by the pixels.
///
/// The scores are computed as in training. What differs is what is made an input: here the pixels are, and the
/// parameters are constants.
pub(crate) fn saliency<M>(model: &M, sample: &Sample) -> Result<Saliency, GradientError>
where
    M: Parameters + Classifier<f64>,
    M::With<Var>: Classifier<Var>,
{
    let recorded = model.map_numbers(&mut |x| Var::constant(x));
    let (_, by_pixel) = gradient(&sample.image, |image| margin(&recorded.scores(&image), sample.digit))?;
    Ok(Saliency { by_pixel, rival: rival(&model.scores(&sample.image), sample.digit) })
}
