package millrace.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dmg.pmml.DataType;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.EvaluatorUtil;
import org.jpmml.evaluator.InputField;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;
import org.jpmml.evaluator.visitors.ModelEvaluatorVisitorBattery;
import org.jpmml.model.visitors.VisitorBattery;
import org.jpmml.transpiler.InMemoryTranspiler;
import org.jpmml.transpiler.TranspilerTransformer;

/**
 * One model in one JVM, driven by bench/pmml.ts through lines on standard input.
 *
 * <pre>
 *   java … millrace.bench.Bench evaluator|transpiler MODEL RECORDS
 *   predict            answers the predictions of all records as a JSON array
 *   one MS | many MS   scores records over and over for MS milliseconds, answers nanoseconds per record: elapsed, of the thread's CPU
 * </pre>
 */
public final class Bench {
  private static final int BATCH = 1000;
  /** Results end here, so that the compiler may not leave out their making. */
  private static Object sink;

  private final Evaluator evaluator;
  private final List<Map<String, Object>> records;
  private int next;

  private Bench(Evaluator evaluator, List<Map<String, Object>> records) {
    this.evaluator = evaluator;
    this.records = records;
  }

  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    LoadingModelEvaluatorBuilder builder = new LoadingModelEvaluatorBuilder();
    builder.setLocatable(false);
    // The optimisations that its documentation recommends.
    builder.setVisitors(battery());
    builder.load(new File(args[1]));
    if (args[0].equals("transpiler")) builder.transform(new TranspilerTransformer(new InMemoryTranspiler(null)));
    Evaluator evaluator = builder.build();
    evaluator.verify();
    Bench bench = new Bench(evaluator, recordsOf(evaluator, json.readTree(new File(args[2]))));
    System.out.println("ready");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "predict" -> System.out.println(json.writeValueAsString(bench.predictions(json)));
        case "one" -> System.out.println(bench.one(Long.parseLong(words[1])));
        case "many" -> System.out.println(bench.many(Long.parseLong(words[1])));
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  /** Newer versions ask whether the document stays mutable. */
  private static VisitorBattery battery() throws ReflectiveOperationException {
    Constructor<?> made = ModelEvaluatorVisitorBattery.class.getConstructors()[0];
    return (VisitorBattery) (made.getParameterCount() == 0 ? made.newInstance() : made.newInstance(false));
  }

  /** Values have the classes that the model declares, so that none is cast while the clock runs. */
  private static List<Map<String, Object>> recordsOf(Evaluator evaluator, JsonNode rows) {
    List<Map<String, Object>> records = new ArrayList<>();
    for (JsonNode row : rows) {
      Map<String, Object> record = new HashMap<>();
      for (InputField field : evaluator.getInputFields()) {
        JsonNode value = row.get(field.getName());
        if (value != null && !value.isNull()) record.put(field.getName(), cast(value, field.getDataType()));
      }
      records.add(record);
    }
    return records;
  }

  private static Object cast(JsonNode value, DataType type) {
    return switch (type) {
      case DOUBLE -> (Object) value.asDouble();
      case FLOAT -> (Object) (float) value.asDouble();
      case INTEGER -> (Object) value.asInt();
      default -> value.asText();
    };
  }

  private List<ObjectNode> predictions(ObjectMapper json) {
    List<ObjectNode> found = new ArrayList<>();
    for (Map<String, Object> record : records) {
      found.add(json.valueToTree(EvaluatorUtil.decodeAll(evaluator.evaluate(record))));
    }
    return found;
  }

  /** One record at a time. The clock is read every hundred records. */
  private String one(long ms) {
    Watch watch = new Watch(ms);
    do {
      for (int i = 0; i < 100; i++) {
        sink = evaluator.evaluate(records.get(next));
        if (++next == records.size()) next = 0;
      }
    } while (watch.goesOn(100));
    return watch.perRecord();
  }

  /** A list of results for each list of a thousand records. */
  private String many(long ms) {
    List<Map<String, Object>> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) batch.add(records.get(i % records.size()));
    Watch watch = new Watch(ms);
    do {
      List<Map<String, ?>> results = new ArrayList<>(BATCH);
      for (Map<String, Object> record : batch) results.add(evaluator.evaluate(record));
      sink = results;
    } while (watch.goesOn(BATCH));
    return watch.perRecord();
  }

  /** Elapsed and CPU time of this thread. */
  private static final class Watch {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private final long startCpu = THREADS.getCurrentThreadCpuTime();
    private final long start = System.nanoTime();
    private final long end;
    private long now;
    private long done;

    Watch(long ms) {
      end = start + ms * 1_000_000;
    }

    boolean goesOn(long records) {
      done += records;
      now = System.nanoTime();
      return now < end;
    }

    String perRecord() {
      long cpu = THREADS.getCurrentThreadCpuTime() - startCpu;
      return (double) (now - start) / done + " " + (double) cpu / done;
    }
  }
}
