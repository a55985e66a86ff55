"""Ensembles of trees by scikit-learn, XGBoost and LightGBM as ONNX tree operators that are exact in
float64."""
