/** The event with which CodePipeline runs a Lambda action of the release `rel-1` of the model `tiny`, its build as the input artifact. */
export const jobEvent = (parameters: object = {}, continuationToken?: string) => ({
  "CodePipeline.job": {
    id: "job-1",
    data: {
      actionConfiguration: {
        configuration: {
          UserParameters: JSON.stringify({ releaseId: "rel-1", modelName: "tiny", ...parameters }),
        },
      },
      ...(continuationToken === undefined ? {} : { continuationToken }),
      inputArtifacts: [
        { name: "Build", location: { s3Location: { bucketName: "artifacts", objectKey: "p/build.zip" } } },
      ],
    },
  },
});
