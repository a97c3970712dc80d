package millrace.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.InputField;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;
import org.jpmml.evaluator.visitors.ModelEvaluatorVisitorBattery;
import org.jpmml.model.visitors.VisitorBattery;

/**
 * Loads one document several times in one JVM for bench/pmml-load.ts and prints one line of figures for each load.
 *
 * <pre>
 *   java … millrace.bench.LoadBench plain|optimized MODEL TIMES
 *   line: milliseconds to the evaluator, CPU time of all threads meanwhile, milliseconds of the first score, heap in use afterwards
 *         (bytes), largest resident memory so far (KiB)
 * </pre>
 */
public final class LoadBench {
  /** What is loaded stays reachable while memory is looked at. */
  private static Evaluator kept;

  private LoadBench() {}

  public static void main(String[] args) throws Exception {
    boolean isOptimized = args[0].equals("optimized");
    File model = new File(args[1]);
    int times = Integer.parseInt(args[2]);
    for (int i = 0; i < times; i++) {
      kept = null;
      usedAfterCollection();
      long before = usedAfterCollection();
      long cpu = cpuNs();
      long start = System.nanoTime();
      LoadingModelEvaluatorBuilder builder = new LoadingModelEvaluatorBuilder();
      builder.setLocatable(false);
      // The optimisations that its documentation recommends: slower to load, less memory, faster to score.
      if (isOptimized) builder.setVisitors(battery());
      kept = builder.load(model).build();
      kept.verify();
      long loaded = System.nanoTime();
      long loadCpu = cpuNs() - cpu;
      Map<String, Object> record = new HashMap<>();
      for (InputField field : kept.getInputFields()) record.put(field.getName(), 3.0);
      if (kept.evaluate(record).isEmpty()) throw new IllegalStateException("no prediction");
      long scored = System.nanoTime();
      builder = null;
      long used = usedAfterCollection() - before;
      double[] ms = {(loaded - start) / 1e6, loadCpu / 1e6, (scored - loaded) / 1e6};
      System.out.printf("%.3f %.3f %.3f %d %d%n", ms[0], ms[1], ms[2], used, peakKiB());
    }
  }

  /** Newer versions ask whether the document stays mutable. */
  private static VisitorBattery battery() throws ReflectiveOperationException {
    Constructor<?> made = ModelEvaluatorVisitorBattery.class.getConstructors()[0];
    return (VisitorBattery) (made.getParameterCount() == 0 ? made.newInstance() : made.newInstance(false));
  }

  private static long cpuNs() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static long usedAfterCollection() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static long peakKiB() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", ""));
    return 0;
  }
}
