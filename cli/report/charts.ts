/** Charts of the report, rendered to SVG on this machine: the page needs no script and no network. */
import * as echarts from "echarts";

export interface Series {
  readonly name: string;
  /** [time in epoch milliseconds, value]; null leaves a gap. */
  readonly points: readonly (readonly [number, number | null])[];
  readonly kind?: "line" | "scatter" | "bar";
  readonly dashed?: boolean;
}

export interface Marker {
  readonly at: number;
  readonly label: string;
}

export interface ChartArgs {
  readonly title: string;
  readonly yName: string;
  readonly series: readonly Series[];
  readonly markers: readonly Marker[];
  readonly min?: number;
  readonly max?: number;
}

const WIDTH = 1080;
const HEIGHT = 300;
const COLOURS = ["#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed"];

/** One chart over virtual time as an SVG element, with vertical lines where something was decided. */
export function timeChart(args: ChartArgs): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    color: COLOURS,
    title: { text: args.title, left: 8, top: 4, textStyle: { fontSize: 14, fontWeight: 600 } },
    legend: { right: 8, top: 4, textStyle: { fontSize: 12 } },
    grid: { left: 64, right: 24, top: 56, bottom: 32 },
    xAxis: { type: "time", axisLabel: { fontSize: 11 } },
    yAxis: {
      type: "value",
      name: args.yName,
      min: args.min,
      max: args.max,
      scale: true,
      nameTextStyle: { fontSize: 11, align: "left" },
    },
    series: args.series.map((series, index) => ({
      name: series.name,
      type: series.kind ?? "line",
      data: series.points.map(([at, value]) => [at, value]),
      showSymbol: series.kind === "scatter",
      symbolSize: 5,
      lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid" },
      ...(index === 0
        ? {
            markLine: {
              silent: true,
              symbol: "none",
              lineStyle: { color: "#6b7280", type: "dotted" },
              label: { formatter: "{b}", fontSize: 10, color: "#374151", position: "insideEndTop" },
              data: args.markers.map((marker) => ({ xAxis: marker.at, name: marker.label })),
            },
          }
        : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
