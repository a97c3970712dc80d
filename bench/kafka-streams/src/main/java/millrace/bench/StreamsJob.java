package millrace.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Moves every record of one topic to another, as bytes, with Kafka Streams. Says "ready", then answers each line with one line:
 *
 * <pre>
 * start APPLICATION INPUTS OUTPUTS   → started, once all threads have their partitions
 * passed                             → number of records that the running job has seen
 * stop                               → stopped, with the number of records
 * </pre>
 *
 * A job that was started and stopped before leaves the JVM warm for the next. Arguments: name=value with the settings below; those
 * that start with "producer." or "consumer." go to the clients as they are.
 */
public final class StreamsJob {
  private static KafkaStreams streams;
  private static LongAdder passed = new LongAdder();

  public static void main(String[] args) throws Exception {
    Properties given = new Properties();
    for (String arg : args) {
      int equals = arg.indexOf('=');
      given.setProperty(arg.substring(0, equals), arg.substring(equals + 1));
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("ready");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.trim().split(" ");
      System.out.println(answer(words, given));
    }
    if (streams != null) streams.close();
  }

  private static String answer(String[] words, Properties given) throws Exception {
    switch (words[0]) {
      case "start":
        start(settings(given, words[1]), words[2], words[3]);
        return "started";
      case "passed":
        return Long.toString(passed.sum());
      case "stop":
        streams.close();
        streams = null;
        return "stopped " + passed.sum();
      default:
        return "unknown " + words[0];
    }
  }

  private static Properties settings(Properties given, String application) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.getProperty("bootstrap"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, given.getProperty("guarantee", "at_least_once"));
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.getProperty("commitIntervalMs", "100"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, given.getProperty("threads", "1"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, given.getProperty("folder"));
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), given.getProperty("compression", "none"));
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    for (String name : given.stringPropertyNames())
      if (name.startsWith("producer.") || name.startsWith("consumer.")) settings.put(name, given.getProperty(name));
    return settings;
  }

  private static void start(Properties settings, String inputs, String outputs) throws Exception {
    LongAdder count = new LongAdder();
    passed = count;
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(inputs, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .peek((key, value) -> count.increment())
        .to(outputs, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    streams = new KafkaStreams(builder.build(), settings);
    CountDownLatch running = new CountDownLatch(1);
    AtomicReference<KafkaStreams.State> last = new AtomicReference<>();
    streams.setStateListener((now, before) -> {
      last.set(now);
      if (now == KafkaStreams.State.RUNNING || now == KafkaStreams.State.ERROR) running.countDown();
    });
    streams.start();
    running.await();
    if (last.get() == KafkaStreams.State.ERROR) throw new IllegalStateException("the job ended at its start");
  }
}
