// Reads a declarative Jenkinsfile with the Groovy that Jenkins runs on and prints it as JSON. Every section knows its
// directives (https://www.jenkins.io/doc/book/pipeline/syntax/): a misspelt or misplaced one ends the run.

import groovy.json.JsonOutput

class Section {
    final String place
    final Map found = [:]

    Section(String place) { this.place = place }

    void once(String key, Object value) {
        if (found.containsKey(key)) throw new IllegalStateException("${place}: ${key} twice")
        found[key] = value
    }

    void within(String key, Section section, Closure body) {
        once(key, read(section, body))
    }

    static Object read(Section section, Closure body) {
        body.delegate = section
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body.call()
        section.close()
        return section.result()
    }

    void close() {}

    Object result() { found }

    def methodMissing(String name, Object arguments) { throw new IllegalStateException("${place}: no directive ${name}") }

    def propertyMissing(String name) { throw new IllegalStateException("${place}: nothing named ${name}") }
}

class Options extends Section {
    Options(String place) { super(place) }
    void disableConcurrentBuilds() { once('disableConcurrentBuilds', true) }
    void skipDefaultCheckout() { once('skipDefaultCheckout', true) }
    void buildDiscarder(Object rotator) { once('buildDiscarder', rotator) }
    Object logRotator(Map arguments) { arguments }
    void timeout(Map arguments) { once('timeout', arguments) }
}

class Docker extends Section {
    Docker(String place) { super(place) }
    void label(String name) { once('label', name) }
    void image(String name) { once('image', name) }
    void close() { if (!found.image) throw new IllegalStateException("${place}: docker without an image") }
}

class Agent extends Section {
    Agent(String place) { super(place) }
    void label(String name) { once('label', name) }
    void docker(Closure body) { found.putAll(read(new Docker(place), body)) }
    void close() { if (!found) throw new IllegalStateException("${place}: an empty agent") }
}

class When extends Section {
    When(String place) { super(place) }
    void beforeAgent(boolean value) { once('beforeAgent', value) }
    void beforeInput(boolean value) { once('beforeInput', value) }
    void changeRequest() { also('pull-request') }
    void branch(String name) { also("branch ${name}".toString()) }
    void changeset(Map arguments) {
        if (arguments.keySet() != ['pattern', 'comparator'] as Set) throw new IllegalStateException("${place}: changeset ${arguments}")
        also("changes ${arguments.pattern}".toString())
    }
    void anyOf(Closure body) { also("(${read(new When(place), body).condition.replace(' and ', ' or ')})".toString()) }
    void triggeredBy(Map arguments) {
        if (arguments != [cause: 'UserIdCause']) throw new IllegalStateException("${place}: triggeredBy ${arguments}")
        also('somebody')
    }
    void triggeredBy(String cause) {
        if (cause != 'TimerTrigger') throw new IllegalStateException("${place}: triggeredBy ${cause}")
        also('schedule')
    }
    void not(Closure body) { also("not ${read(new When(place), body).condition}".toString()) }
    void also(String condition) { found.condition = ((found.condition ?: []) as List) + condition }
    void close() { if (!found.condition) throw new IllegalStateException("${place}: when without a condition") }
    Object result() { found + [condition: found.condition.join(' and ')] }
}

class Triggers extends Section {
    final Map env

    Triggers(String place, String branch) { super(place); env = [BRANCH_NAME: branch] }
    void cron(String times) { once('cron', times) }
}

class Input extends Section {
    Input(String place) { super(place) }
    void message(String text) { once('message', text) }
    void ok(String text) { once('ok', text) }
}

class Environment extends Section {
    final Map env = [:].withDefault { name -> "\$${name}".toString() }

    Environment(String place) { super(place) }
    String credentials(String id) { "credentials:${id}".toString() }
    void setProperty(String name, Object value) { once(name, value.toString()) }
}

class Failure extends Exception {
    boolean second
}

class Steps extends Section {
    List steps = []
    List undo = []
    Map limit
    String locked
    String undoLock
    boolean holds
    boolean fails
    boolean failsAgain
    boolean failed
    Map credentials = [:]
    Map undoCredentials = [:]
    List finish = []

    Steps(String place) { super(place) }
    void sh(Map arguments) {
        if (arguments.keySet() != ['label', 'script'] as Set) throw new IllegalStateException("${place}: sh ${arguments}")
        if (failsAgain) {
            failsAgain = false
            throw new Failure(second: true)
        }
        steps << [sh: arguments.label, script: arguments.script]
    }
    void catchError(Map arguments, Closure body) {
        if (arguments.keySet() != ['buildResult', 'stageResult', 'message'] as Set) throw new IllegalStateException("${place}: catchError ${arguments}")
        if (arguments.buildResult != arguments.stageResult) throw new IllegalStateException("${place}: catchError ${arguments}")
        if (arguments.buildResult == 'FAILURE') {
            try {
                within(body)
            } catch (Failure expected) {
            }
            return
        }
        if (arguments.buildResult != 'UNSTABLE') throw new IllegalStateException("${place}: catchError ${arguments}")
        steps << [unstable: arguments.message]
        within(body)
    }
    void stash(Map arguments) { steps << [stash: arguments.name, includes: arguments.includes] }
    void unstash(String name) { steps << [unstash: name] }
    void archiveArtifacts(Map arguments) { steps << [archive: arguments.artifacts] }
    void lock(Map arguments, Closure body) {
        if (limit != null) throw new IllegalStateException("${place}: the time spent waiting for a lock counts")
        locked = arguments.resource
        holds = true
        within(body)
        holds = false
    }
    // Runs as it succeeds, as it fails, and as the first step after that fails too: what remains is for every end.
    void script(Closure body) {
        undoLock = holds ? locked : null
        within(body)
        List done = steps
        undo = failing(body, false)
        int common = 0
        while (common < [done.size(), undo.size()].min() && done[-1 - common] == undo[-1 - common]) common++
        finish = common ? done[-common..-1] : []
        steps = done.take(done.size() - common)
        undo = undo.take(undo.size() - common)
        if (undo && failing(body, true) != finish) throw new IllegalStateException("${place}: a second failure skips its end")
    }
    private List failing(Closure body, boolean twice) {
        List kept = steps
        steps = []
        fails = true
        failed = false
        failsAgain = twice
        try {
            within(body)
            throw new IllegalStateException("${place}: a failure is ignored")
        } catch (Failure expected) {
            if (expected.second) throw new IllegalStateException("${place}: a second failure hides the first")
            fails = failsAgain = false
        }
        List found = steps
        steps = kept
        found
    }
    Map file(Map arguments) {
        if (arguments.keySet() != ['credentialsId', 'variable'] as Set) throw new IllegalStateException("${place}: file ${arguments}")
        arguments
    }
    void withCredentials(List bindings, Closure body) {
        if (!holds) throw new IllegalStateException("${place}: a token expires while the stage waits for its lock")
        bindings.each { (failed ? undoCredentials : credentials)[it.variable] = "credentials:${it.credentialsId}".toString() }
        within(body)
    }
    void timeout(Map arguments, Closure body) {
        if (fails) {
            failed = true
            throw new Failure()
        }
        limit = arguments
        within(body)
    }
    private void within(Closure body) {
        body.delegate = this
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body.call()
    }
    void close() { if (!steps) throw new IllegalStateException("${place}: nothing to do") }
    Object result() { [timeout: limit, steps: steps, lock: locked, undo: undo, finish: finish, undoLock: undoLock,
                       credentials: credentials, undoCredentials: undoCredentials] }
}

class Stages extends Section {
    final List stages = []

    Stages(String place) { super(place) }
    void stage(String name, Closure body) {
        if (stages.any { it.name == name }) throw new IllegalStateException("${place}: stage ${name} twice")
        stages << [name: name] + read(new Stage("${place}/${name}".toString()), body)
    }
    void close() { if (!stages) throw new IllegalStateException("${place}: no stage") }
    Object result() { stages }
}

class Stage extends Section {
    Stage(String place) { super(place) }
    void when(Closure body) { within('when', new When(place), body) }
    void input(Closure body) { within('input', new Input(place), body) }
    void options(Closure body) { within('options', new Options(place), body) }
    void agent(Closure body) { within('agent', new Agent(place), body) }
    void environment(Closure body) { within('environment', new Environment(place), body) }
    void steps(Closure body) { within('steps', new Steps(place), body) }
    void parallel(Closure body) { within('parallel', new Stages(place), body) }
    void close() {
        if (found.containsKey('steps') == found.containsKey('parallel')) {
            throw new IllegalStateException("${place}: either steps or parallel")
        }
    }
}

class Pipeline extends Section {
    final String none = 'none'
    final String branch

    Pipeline(String branch) { super('pipeline'); this.branch = branch }
    void triggers(Closure body) { within('triggers', new Triggers(place, branch), body) }
    void agent(String which) { once('agent', which) }
    void options(Closure body) { within('options', new Options(place), body) }
    void stages(Closure body) { within('stages', new Stages(place), body) }
    void close() {
        ['agent', 'stages'].each { if (!found[it]) throw new IllegalStateException("pipeline: no ${it}") }
    }
}

// Reads the path of a Jenkinsfile and a branch, a line each, and answers with a line, until nothing more is asked.
def asked = new BufferedReader(new InputStreamReader(System.in, 'UTF-8'))
for (String path = asked.readLine(); path != null; path = asked.readLine()) {
    String branch = asked.readLine()
    Map answer = [:]
    try {
        def binding = new Binding(pipeline: { Closure body -> answer.read = Section.read(new Pipeline(branch), body) })
        new GroovyShell(binding).evaluate(new File(path))
    } catch (Throwable error) {
        answer.refused = error.toString()
    }
    println JsonOutput.toJson(answer)
}
