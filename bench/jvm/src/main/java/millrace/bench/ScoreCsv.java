package millrace.bench;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.EvaluatorUtil;
import org.jpmml.evaluator.InputField;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;
import org.jpmml.evaluator.OutputField;
import org.jpmml.evaluator.TargetField;

/**
 * What a Java program does that scores a CSV file with JPMML-Evaluator: a row at a time from a fast CSV reader, through the evaluator, to a
 * CSV writer. Driven by bench/score.ts.
 *
 * <pre>java … millrace.bench.ScoreCsv MODEL INPUT OUTPUT</pre>
 */
public final class ScoreCsv {
  private ScoreCsv() {}

  public static void main(String[] args) throws Exception {
    Evaluator evaluator = new LoadingModelEvaluatorBuilder().load(new File(args[0])).build();
    List<String> inputs = new ArrayList<>();
    for (InputField field : evaluator.getInputFields()) inputs.add(field.getName());
    List<String> outputs = new ArrayList<>();
    for (TargetField field : evaluator.getTargetFields()) outputs.add(field.getName());
    for (OutputField field : evaluator.getOutputFields()) outputs.add(field.getName());
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(Path.of(args[1]));
        CsvWriter writer = CsvWriter.builder().build(Files.newBufferedWriter(Path.of(args[2])))) {
      writer.writeRecord(outputs);
      List<String> row = new ArrayList<>(outputs.size());
      for (NamedCsvRecord record : reader) {
        Map<String, Object> arguments = new HashMap<>();
        for (String name : inputs) {
          String cell = record.getField(name);
          arguments.put(name, cell.isEmpty() ? null : cell);
        }
        Map<String, ?> results = EvaluatorUtil.decodeAll(evaluator.evaluate(arguments));
        row.clear();
        for (String name : outputs) {
          Object value = results.get(name);
          row.add(value == null ? "" : value.toString());
        }
        writer.writeRecord(row);
      }
    }
  }
}
