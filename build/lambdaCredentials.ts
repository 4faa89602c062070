/**
 * Takes the place of `@aws-sdk/credential-provider-node` in Lambda bundles. The Node.js runtime gives a function its role's credentials as
 * environment variables and nowhere else; the chain for laptops, SSO and instances was a fifth of each bundle and of its load time.
 */
export const defaultProvider = () => async () => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error(
      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: expected the function's credentials in the environment, as Lambda sets them",
    );
  return { accessKeyId, secretAccessKey, sessionToken };
};
