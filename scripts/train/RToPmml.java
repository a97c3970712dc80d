import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import org.jpmml.model.metro.MetroJAXBUtil;
import org.jpmml.rexp.ConverterFactory;
import org.jpmml.rexp.RExpParser;

/** Converts the saved R model of each folder given (model.rds) to model.pmml beside it; says which are refused. */
public class RToPmml {
  public static void main(String... folders) throws Exception {
    for (String folder : folders) {
      try (FileInputStream in = new FileInputStream(new File(folder, "model.rds"));
          FileOutputStream out = new FileOutputStream(new File(folder, "model.pmml"))) {
        var model = new RExpParser(in).parse();
        MetroJAXBUtil.marshalPMML(ConverterFactory.newInstance().newConverter(model).encodePMML(), out);
      } catch (Throwable refusal) {
        new File(folder, "model.pmml").delete();
        System.out.println(new File(folder).getName() + ": refused, " + refusal);
        if (System.getenv("TRACE") != null) refusal.printStackTrace();
      }
    }
  }
}
