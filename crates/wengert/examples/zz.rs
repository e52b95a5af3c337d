use wengert::*; use std::time::Instant;
fn least(mut f: impl FnMut())->f64{ let mut b=f64::MAX; for _ in 0..7{ let t=Instant::now(); let mut k=0; while k<20 || t.elapsed().as_secs_f64()<0.004 {f();k+=1;} b=b.min(t.elapsed().as_secs_f64()/k as f64);} b}
fn fwd<const N:usize>(p:&Program,x:&[f64])->f64{ let mut w=Workspace::<Dual<f64,N>>::new(); let xs:Vec<Dual<f64,N>>=x.iter().enumerate().map(|(k,v)|Dual{value:*v,tangent:core::array::from_fn(|j|if j==k%N{1.0}else{0.0})}).collect(); least(||p.run_for_outputs(&mut w,&xs).unwrap())}
fn rev<const N:usize>(p:&Program,x:&[f64])->f64{ let mut w=Workspace::<f64>::new(); p.forward(&mut w,x).unwrap(); let ws=vec![Several([1.0;N]);p.outputs()]; let mut a=vec![]; least(||p.reverse_into(&mut w,&ws,&mut a).unwrap())}
fn main(){
 let progs:Vec<(&str,Vec<f64>,Box<dyn Fn(&[Var])->Vec<Var>>)>=vec![
  ("arith6",vec![0.3,0.4,0.5,0.6,0.7,0.8],Box::new(|x|(0..6).map(|k|{let mut y=x[k]; for j in 0..6{ y=y*x[j]+x[(j+k)%6]-y*0.5;} y}).collect())),
  ("trig6",vec![0.3,0.4,0.5,0.6,0.7,0.8],Box::new(|x|(0..6).map(|k|{let mut y=x[k]; for j in 0..6{ y=(y*x[j]).sin()+x[(j+k)%6].cos();} y}).collect())),
  ("div6",vec![0.3,0.4,0.5,0.6,0.7,0.8],Box::new(|x|(0..6).map(|k|{let mut y=x[k]; for j in 0..6{ y=x[j]/(y+2.0)+(x[(j+k)%6]).sqrt();} y}).collect())),
  ("dots50",(0..50).map(|k|0.01*k as f64).collect(),Box::new(|x|(0..50).map(|k|{ let r:Vec<Var>=x.iter().map(|v|*v).collect(); let w:Vec<Var>=(0..50).map(|j|Var::from(((j*k) as f64).sin())).collect(); Var::dot(&r,&w).tanh()}).collect())),
  ("local1000",(0..1000).map(|k|0.001*k as f64+0.5).collect(),Box::new(|x|(0..1000).map(|k|{ let a=x[k]; let b=x[(k+1)%1000]; (a*b-1.0)*(b-a*a)*10.0+a.exp()}).collect())),
 ];
 for (name,x,f) in progs{
  for opt in [false,true]{
  let mut p=Program::record(&x,|x|f(x)).unwrap(); if opt {p=p.optimized();}
  let n=p.tape().len() as f64;
  let s=|t:f64|t/n*1e9;
  let mut w=Workspace::new(); let v=least(||p.run_for_outputs(&mut w,&x).unwrap());
  let mut w2=Workspace::new(); let sv=least(||p.forward(&mut w2,&x).unwrap());
  println!("{name} opt {opt} nodes {n}: value {:.2} save {:.2} | dual1 {:.2} dual2 {:.2} dual4 {:.2} dual8 {:.2} | rev1 {:.2} rev2 {:.2} rev4 {:.2} rev8 {:.2}",s(v),s(sv),s(fwd::<1>(&p,&x)),s(fwd::<2>(&p,&x)),s(fwd::<4>(&p,&x)),s(fwd::<8>(&p,&x)),s(rev::<1>(&p,&x)),s(rev::<2>(&p,&x)),s(rev::<4>(&p,&x)),s(rev::<8>(&p,&x)));
 }}}
