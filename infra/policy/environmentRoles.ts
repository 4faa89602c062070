/** Names of an environment's roles that reach into the foundation: its resource policies admit them before they exist. */
import { arnOf, type DeployContext } from "../shared/context.ts";

/** Role names by what runs under them. A Lambda and its role have one name. */
export const environmentRoles = (prefix: string, environment: string) => ({
  endpoint: `${prefix}-${environment}-endpoint`,
  advanceRollout: `${prefix}-${environment}-advance-rollout`,
  verifyEndpoint: `${prefix}-${environment}-verify-endpoint`,
  monitorDrift: `${prefix}-${environment}-monitor-drift`,
  remediate: `${prefix}-${environment}-remediate`,
});
export type EnvironmentRole = keyof ReturnType<typeof environmentRoles>;

/** Names of delivery's roles that reach into an environment. */
export const deliveryRoles = {
  pipeline: (prefix: string, modelName: string): string => `${prefix}-${modelName}-pipeline`,
  coordinateRetraining: (prefix: string): string => `${prefix}-coordinate-retraining`,
};

/** ARNs of these roles in every environment that has an account of its own. */
export function rolesInAccounts(
  context: DeployContext,
  environmentAccounts: Readonly<Record<string, string>>,
  ...wanted: readonly EnvironmentRole[]
): string[] {
  return Object.entries(environmentAccounts).flatMap(([environment, accountId]) => {
    const names = environmentRoles(context.prefix, environment);
    return wanted.map((role) => arnOf.iamRole({ ...context, accountId }, names[role]));
  });
}
