/**
 * The buildspec belongs to the stack, not to the commit: a commit cannot skip its own checks. The source is a zip with `models/<name>`;
 * the tools are a second input artifact.
 */
export const BUILDSPEC = `version: 0.2
env:
  shell: bash
phases:
  install:
    commands:
      - export TOOLS="$CODEBUILD_SRC_DIR_Tools"
      - export MODEL="$CODEBUILD_SRC_DIR/models/$MODEL_NAME"
      - test -d "$MODEL" || { echo "models/$MODEL_NAME - expected this folder in the source, found none"; exit 1; }
      - python3 -m pip install --quiet --disable-pip-version-check -r "$TOOLS/requirements-build.txt" -r "$MODEL/requirements.txt"
  pre_build:
    commands:
      - node "$TOOLS/sluice-model.mjs" check "$MODEL" --out build
      - cd "$MODEL" && python3 -m ruff check --no-cache . && cd "$CODEBUILD_SRC_DIR"
  build:
    commands:
      - cd "$MODEL" && python3 -m pytest -q -p no:cacheprovider --junitxml="$CODEBUILD_SRC_DIR/build/reports/pytest.xml" tests; status=$?; cd "$CODEBUILD_SRC_DIR"; exit $status
  post_build:
    commands:
      - test "$CODEBUILD_BUILD_SUCCEEDING" = 1 && node "$TOOLS/sluice-model.mjs" package "$MODEL" --out build
reports:
  model-tests:
    files: [pytest.xml]
    base-directory: build/reports
    file-format: JUNITXML
artifacts:
  base-directory: build
  files: [spec.json, dvc.json, expectations.json, golden.jsonl, sourcedir.tar.gz]
`;
