/** What environments in accounts of their own may do with the foundation: exactly what their roles' own policies ask for, nothing wider. */
import type { Admission } from "../policy/admission.ts";
import { type EnvironmentRole, rolesInAccounts } from "../policy/environmentRoles.ts";
import { type DeployContext, s3 } from "../shared/context.ts";

export interface Outsiders {
  readonly context: DeployContext;
  /** Accounts of environments that do not live in the foundation's, by the environment. */
  readonly environmentAccounts: Readonly<Record<string, string>>;
  /** ARNs of roles of those accounts under which people run `sluice explain` and `sluice rollback`; `*` stands for any text. */
  readonly operators: readonly string[];
}

type Roles = (...wanted: readonly EnvironmentRole[]) => string[];
const rolesOf =
  ({ context, environmentAccounts }: Outsiders): Roles =>
  (...wanted) =>
    rolesInAccounts(context, environmentAccounts, ...wanted);
const withRoles = <T extends Pick<Admission, "roles">>(admissions: readonly T[]): T[] =>
  admissions.filter(({ roles }) => roles.length > 0);

const RECORDS: readonly EnvironmentRole[] = ["advanceRollout", "verifyEndpoint", "monitorDrift", "remediate"];

/** Reading what releases are made of. */
export function artifactAdmissions(outsiders: Outsiders, bucket: string): Admission[] {
  const roles = rolesOf(outsiders);
  const read = (sid: string, folder: string, readers: readonly string[]): Admission => ({
    sid,
    roles: readers,
    actions: ["s3:GetObject"],
    resources: [s3(outsiders.context, bucket, `${folder}/*`)],
  });
  return withRoles([
    read("SpecsOfReleases", "specs", roles(...RECORDS)),
    read("GoldenRequests", "golden", roles("verifyEndpoint")),
    read("Evaluations", "evaluations", roles("monitorDrift")),
    read("TrainedModels", "training", roles("endpoint")),
  ]);
}

/** Reading the reference profiles that drift is judged against. */
export function dataAdmissions(outsiders: Outsiders, bucket: string): Admission[] {
  return withRoles([
    {
      sid: "FrozenDatasets",
      roles: rolesOf(outsiders)("monitorDrift"),
      actions: ["s3:GetObject"],
      resources: [s3(outsiders.context, bucket, "datasets/*")],
    },
  ]);
}

/** Reads and conditional writes of records, no deletes. */
export function recordsAdmissions(
  outsiders: Outsiders,
  tableArn: Admission["resources"][number],
): Admission[] {
  return withRoles([
    {
      sid: "Records",
      roles: [...rolesOf(outsiders)(...RECORDS), ...outsiders.operators],
      actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      resources: [tableArn],
    },
  ]);
}

/** Asking for retraining. */
export function busAdmissions(outsiders: Outsiders, busArn: Admission["resources"][number]): Admission[] {
  return withRoles([
    {
      sid: "RequestsForRetraining",
      roles: rolesOf(outsiders)("remediate"),
      actions: ["events:PutEvents"],
      resources: [busArn],
    },
  ]);
}

/** Decryption of what the other policies let them read, only on behalf of S3 and DynamoDB in this region. */
export function keyAdmissions(outsiders: Outsiders): Omit<Admission, "resources">[] {
  const { region } = outsiders.context;
  const roles = rolesOf(outsiders);
  const through = (sid: string, services: readonly string[], readers: readonly string[]) => ({
    sid,
    roles: readers,
    actions: ["kms:Decrypt", "kms:DescribeKey"],
    conditions: {
      StringEquals: { "kms:ViaService": services.map((service) => `${service}.${region}.amazonaws.com`) },
    },
  });
  return withRoles([
    through("ReadThroughS3", ["s3"], roles(...RECORDS, "endpoint")),
    through("RecordsThroughDynamoDb", ["dynamodb"], [...roles(...RECORDS), ...outsiders.operators]),
  ]);
}
