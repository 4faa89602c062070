/** The dashboard of one model, as the JSON that CloudWatch takes. */

export interface DashboardArgs {
  readonly region: string;
  readonly endpointName: string;
  readonly environment: string;
  readonly modelName: string;
  /** Seconds of one monitoring window. */
  readonly window: number;
}

export function dashboardBody(args: DashboardArgs): string {
  const sluice = (metric: string, stat: string): unknown[] => [
    "Sluice",
    metric,
    "service",
    "monitorDrift",
    "Environment",
    args.environment,
    "Model",
    args.modelName,
    { stat },
  ];
  const endpoint = (metric: string, stat: string): unknown[] => [
    "AWS/SageMaker",
    metric,
    "EndpointName",
    args.endpointName,
    "VariantName",
    "primary",
    { stat },
  ];
  const widgets: { title: string; metrics: unknown[][] }[] = [
    {
      title: "Requests",
      metrics: [
        endpoint("Invocations", "Sum"),
        endpoint("Invocation5XXErrors", "Sum"),
        endpoint("Invocation4XXErrors", "Sum"),
      ],
    },
    {
      title: "Model latency (microseconds)",
      metrics: [
        endpoint("ModelLatency", "p50"),
        endpoint("ModelLatency", "p90"),
        endpoint("ModelLatency", "p99"),
      ],
    },
    {
      title: "Drifted features",
      metrics: [sluice("DriftedFeatures", "Maximum"), sluice("Drift", "Maximum")],
    },
    {
      title: "Quality with labels",
      metrics: [
        sluice("Quality", "Average"),
        sluice("QualityReference", "Average"),
        sluice("LabelCoverage", "Average"),
      ],
    },
    { title: "Monitor", metrics: [sluice("Heartbeat", "Sum"), sluice("WindowRows", "Sum")] },
  ];
  return JSON.stringify({
    widgets: widgets.map((widget, index) => ({
      type: "metric",
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: {
        title: widget.title,
        region: args.region,
        view: "timeSeries",
        period: args.window,
        metrics: widget.metrics,
      },
    })),
  });
}
