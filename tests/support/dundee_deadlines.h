/* Deadlines as a council wrote them. */
#ifndef SUPPORT_DUNDEE_DEADLINES_H
#define SUPPORT_DUNDEE_DEADLINES_H

/* The 31 actions of reference/dundee-2021.txt, in order. */
static const char *const dundee[] = {
    "30 June 2021",
    "31 March 2022",
    "October 2021",
    "31 March 2022",
    "October 2021",
    "During 2021/22",
    "October 2021",
    "Annually",
    "31 March 2022",
    "30 January 202",
    "30 June 2022",
    "30 June 2022",
    "Throughout the period of the plan",
    "Throughout the period of the plan",
    "June 2022",
    "31 March 2022",
    "By 31 March 2022 and annually thereafter",
    "31 March 2023",
    "November 2021",
    "TBC",
    "31 March 2023",
    "June 2022",
    "June 2022",
    "31 March 2023",
    "Internal \u2013 organise awards annually External \u2013 meet deadlines for applications",
    "Autumn 2021",
    "Annually",
    "During 2021/22",
    "Annually",
    "Annually",
    "September 2021",
};

#endif
