"""AWS's prebuilt XGBoost image, played by local processes: see sandbox/containers/README.md."""
