/// Common names of people: first names and family names of many countries, those left out that are above all words or
/// places. A list of our own making; short on purpose: a column of names is told by the many of its values that are here.
enum LexiconNames {
    static let first = """
        james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony donald \
        steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas \
        eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis \
        jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith christian roger \
        noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel \
        logan alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny mary patricia jennifer \
        linda elizabeth barbara susan jessica sarah karen nancy lisa betty margaret sandra ashley kimberly emily donna \
        michelle dorothy carol amanda melissa deborah stephanie rebecca sharon laura cynthia kathleen amy shirley angela helen \
        anna brenda pamela nicole emma samantha katherine christine debra rachel catherine carolyn janet ruth maria heather \
        diane virginia julie joyce victoria olivia kelly christina lauren joan evelyn judith megan cheryl andrea hannah martha \
        jacqueline frances gloria ann teresa kathryn sara janice jean alice madison doris abigail julia judy grace denise amber \
        marilyn beverly danielle theresa sophia marie diana brittany natalie isabella charlotte alexis kayla ada grace lucy \
        oliver harry oscar leo archie theo freddie alfie ella mia isla ava lily freya ivy florence poppy gareth nigel graham \
        ian stuart fiona gemma hazel tracy wendy lynn damian dominic simon martin adrian colin craig darren neil shaun \
        hans peter klaus jürgen wolfgang günter michael werner horst manfred uwe heinz dieter helmut bernd rainer jörg stefan \
        andreas markus matthias torsten thorsten sven lars dirk jens kai ulrich holger ralf volker gerhard karl heinrich \
        friedrich otto fritz lukas leon finn jonas felix maximilian moritz niklas tobias sebastian florian ursula renate \
        helga monika petra sabine ingrid gisela brigitte birgit andrea claudia susanne karin heike martina angelika anke \
        silke katrin kerstin ute gudrun hannelore elke jutta lena leonie lea hanna marlene greta johanna katharina franziska \
        jean pierre michel andré philippe alain bernard jacques daniel gérard françois rené claude marcel thierry laurent \
        christophe nicolas julien sébastien guillaume antoine mathieu olivier frédéric stéphane pascal éric hugues étienne \
        benoît jérôme gilles yves lucas hugo théo nathalie isabelle sylvie catherine françoise monique valérie sandrine \
        céline véronique aurélie émilie camille chloé manon inès léa zoé margot juliette charlotte mathilde hélène \
        élodie brigitte chantal dominique corinne josé manuel antonio francisco juan javier carlos jesús alejandro miguel \
        rafael pedro ángel pablo sergio fernando luis jorge alberto álvaro diego adrián raúl iván rubén enrique ramón vicente \
        andrés joaquín santiago eduardo ignacio gonzalo maría carmen josefa isabel dolores pilar teresa ana francisca laura \
        antonia mercedes cristina marta lucía elena rosario raquel manuela rosa concepción encarnación beatriz paula silvia \
        julia irene patricia montserrat rocío andrea alba nuria sonia verónica giuseppe giovanni antonio mario luigi \
        francesco angelo vincenzo pietro salvatore carlo franco domenico bruno paolo michele giorgio aldo sergio luciano \
        andrea marco matteo lorenzo alessandro davide riccardo stefano fabio roberto simone federico gabriele leonardo \
        edoardo tommaso giulia chiara francesca sara federica silvia martina valentina alessandra giorgia elisa paola \
        giovanna lucia caterina rosa angela giuseppina teresa concetta carmela antonella daniela aurora ginevra jan piet \
        johannes willem hendrik cornelis gerrit jacobus pieter dirk bram daan sem thijs lars ruben bas joost jeroen maarten \
        sander wouter marieke anouk sanne femke lotte fleur iris johanna wilhelmina grietje trijntje saskia piotr krzysztof \
        andrzej tomasz jan paweł michał marcin grzegorz jerzy stanisław zbigniew jakub kamil mateusz wojciech łukasz dawid \
        maciej marek rafał anna katarzyna małgorzata agnieszka barbara ewa krystyna magdalena elżbieta joanna aleksandra \
        zofia monika teresa danuta natalia karolina marta beata dorota iwona jadwiga lars mikael anders johan karl erik per \
        peter thomas fredrik jonas björn magnus gustav nils axel oskar viktor elsa astrid ingrid birgitta kristina elisabeth \
        eva annika karin linnea maja ebba saga wilma joão josé antônio francisco carlos paulo pedro lucas luiz marcos \
        gabriel rafael daniel marcelo bruno eduardo felipe rodrigo thiago gustavo vinícius leandro fernanda juliana márcia \
        adriana patrícia aline camila amanda bruna letícia larissa mariana beatriz luana raj amit rahul sanjay vijay anil \
        sunil ravi arjun rohit vikram suresh ramesh ashok manoj deepak ajay krishna priya anjali pooja neha sunita kavita \
        anita lakshmi divya meera asha geeta rekha shreya aarav vivaan aditya ishaan ananya diya mohammed muhammad ahmed ali \
        omar hassan hussein ibrahim yusuf khalid fatima aisha zainab maryam layla wei ming jing hui fang hiroshi takashi \
        kenji yuki sakura yoko haruto yui ivan dmitri sergei alexei vladimir natasha olga svetlana tatiana igor boris anastasia \
        kristy crystal erin brooke danny connor lindsey lynne kirsty charlene alison joanne sheila steffen malte carolina heiner \
        detlef gerd jochen rüdiger rolf norbert siegfried gertrud ilse irmgard waltraud edeltraud margot lieselotte cornelia \
        simone nadine anja tanja sonja melanie timo marvin jannik finja mila laurence emmanuelle michèle anastasie timothée \
        marianne julie bernadette corentin quentin baptiste clément maxime romain adrien alexandre gaëlle maëlle noémie margaux \
        macarena hipólito arturo emilio tomás martín gabriel hugo marcos leandro rodolfo ofelia nieves esther noelia yolanda \
        susana aurora gabriela ariadna itziar leire santino giulietta alessia valeria gaspare ettore dario maurizio massimo \
        claudio enrico gianni gianluca filippo emanuele nicola raffaele sofia camilla beatrice elisabetta ilaria monica serena \
        lina loes emma julia mila tess noor eva bart henk kees koen niels rik ruud stijn tim tom wim joke truus riet ans \
        tymoteusz ignacy dominik olgierd ksawery marcel szymon filip antoni franciszek wiktor oskar bartosz przemysław dariusz \
        mariusz jacek wiesława halina grażyna bożena renata sylwia justyna aneta wanda stefania victor jimmie tor therese rune \
        gunnar leif mats stig hans kenneth roland gunilla margareta ulla monica agneta alexandre lorena heloisa yan augusto elisa \
        sara otávio caio davi enzo murilo isadora lívia sofia siddharth darsh jagdish inaya kabir rohan karan manish nitin \
        pankaj rakesh sandeep sachin shyam vinod yash aditi isha jyoti kiran meena nisha pallavi radha ritu seema shilpa swati
        """

    static let last = """
        smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson \
        thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker \
        allen wright torres nguyen flores adams nelson baker rivera campbell mitchell carter roberts gomez phillips evans turner \
        diaz parker cruz edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz morgan cooper \
        peterson bailey reed kelly howard ramos ward cox richardson watson brooks chavez wood bennett gray mendoza ruiz hughes \
        alvarez castillo sanders patel myers ross foster jimenez powell jenkins perry sullivan russell hamilton fisher \
        henderson coleman simmons patterson jordan reynolds ellis harrison gibson mcdonald marshall owens wallace kennedy wells \
        webb simpson stevens tucker hicks crawford henry boyd mason kennedy warren dixon burns gordon shaw rice robertson \
        hunt daniels palmer mills nichols grant ferguson rose stone hawkins dunn perkins hudson spencer gardner payne pierce \
        matthews arnold wagner ray watkins olson carroll duncan snyder hart cunningham bradley lane andrews ruiz harper fox \
        davies wilkinson hill green hall king scott lloyd bell khan begum hussain shah singh kaur o'brien byrne walsh ryan \
        o'connor doyle mccarthy lovelace hopper turing müller schmidt schneider fischer weber meyer wagner becker schulz \
        hoffmann schäfer koch bauer richter klein wolf schröder neumann schwarz zimmermann braun krüger hofmann hartmann lange \
        schmitt werner schmitz krause meier lehmann schmid schulze maier köhler herrmann könig walter mayer huber kaiser \
        fuchs peters lang scholz möller weiß jung hahn schubert vogel friedrich keller günther frank berger winkler roth beck \
        lorenz baumann franke albrecht schuster simon ludwig böhm winter kraus martin schumacher krämer vogt stein jäger otto \
        sommer groß seidel heinrich brandt haas schreiber graf dietrich ziegler kuhn kühn pohl engel horn busch bergmann \
        bernard dubois durand robert moreau laurent michel lefebvre leroy roux david bertrand morel fournier girard bonnet \
        dupont lambert fontaine rousseau vincent muller lefevre faure andre mercier blanc guerin boyer garnier chevalier \
        françois legrand gauthier perrin robin clement morin nicolas henry roussel mathieu gautier masson marchand duval \
        denis dumont lemaire noel meyer dufour meunier brun blanchard giraud joly riviere lucas brunet gaillard barbier arnaud \
        gerard renard renaud rolland garcía gonzález rodríguez fernández lópez martínez sánchez pérez gómez martín jiménez \
        ruiz hernández díaz moreno muñoz álvarez romero alonso gutiérrez navarro torres domínguez vázquez gil serrano blanco \
        molina morales suárez ortega delgado castro ortiz rubio marín sanz núñez iglesias medina garrido cortés castillo \
        santos lozano guerrero cano prieto méndez cruz calvo gallego vidal león herrera márquez peña flores cabrera campos vega \
        rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti deluca mancini costa giordano \
        rizzo lombardi moretti barbieri fontana santoro mariani rinaldi caruso ferrara galli martini leone longo gentile \
        martinelli vitale lombardo serra coppola desantis marchetti parisi villa conte ferraro ferri fabbri bianco marini \
        grasso valentini messina jong jansen vries berg bakker dijk visser janssen smit meijer boer mulder groot bos vos \
        peters hendriks leeuwen dekker brouwer wit dijkstra smits graaf meer kowalski nowak kowalska wiśniewski wiśniewska \
        wójcik kowalczyk kamiński kamińska lewandowski lewandowska zieliński zielińska szymański szymańska woźniak dąbrowski \
        dąbrowska kozłowski jankowski mazur kwiatkowski krawczyk piotrowski grabowski nowakowski pawłowski michalski \
        andersson johansson karlsson nilsson eriksson larsson olsson persson svensson gustafsson pettersson jonsson jansson \
        hansson bengtsson jönsson lindberg jakobsson magnusson lindström olofsson lindqvist lindgren axelsson berg bergström \
        lundberg lind lundgren lundqvist mattsson berglund silva santos oliveira souza sousa rodrigues ferreira alves pereira \
        lima gomes costa ribeiro martins carvalho almeida lopes soares fernandes vieira barbosa rocha dias nascimento andrade \
        moreira nunes marques machado mendes freitas cardoso ramos gonçalves santana teixeira araújo kumar sharma gupta \
        verma mehta reddy nair iyer menon joshi desai chopra kapoor malhotra bhat rao das banerjee mukherjee chatterjee agarwal \
        mishra pandey yadav wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu kim park choi tanaka suzuki \
        yamamoto watanabe ito nakamura kobayashi kato yoshida yamada sasaki ivanov petrov smirnov kuznetsov popov sokolov \
        obrien sosa villegas guerra dodson bradshaw bryant murray kirk hale barton cooke thomson paul cole simon mann \
        junk busch seidel arnold thomas ernst pohl sauer scholl thiel voigt kurz roux gallet dumas aubert gautier pons roche bigot \
        leduc jacquet colin vidal leblanc galván calvet ayala rosado villar lamas aragón bernal correa duarte pastor salas \
        hidalgo pascual soler mora vicente carrasco arias redondo sordi paolucci giovine gotti palumbo greggio pellegrini benedetti \
        caruso farina rizzi monti cattaneo sala gatti silvestri testa visser huberts saxo bakker kok prins huisman peeters \
        schouten willems spadło drobny wróbel stępień górski jaworski malinowski adamczyk dudek pawlak sikora walczak baran rutkowski \
        strömberg lundblad osman marklund josefsson ivarsson österberg nordin eklund holm björk sandberg forsberg sjöberg \
        abreu caldeira macedo monteiro leão paz pinto moraes ramos barros campos batista cavalcanti azevedo freire \
        loke bail konda gokhale sahota bose dutta ghosh sen chowdhury pillai menon kulkarni deshpande patil jain shetty hegde kapadia
        """
}
